"""The words of the forum that look like a mistyped one, and how people wrote them where the reader may see it."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select

from forum.infra.db import session
from forum.infra.in_list import in_list
from forum.markup.plain_text import plain_text
from forum.models import Post, Thread
from forum.search.index import term_frequencies
from forum.search.index.tables import THREADS, WORDS
from forum.search.query.retrieval import Found
from forum.search.text.edit_distance import one_slip, slips
from forum.search.text.highlight import places_in_long
from forum.search.text.tokenizer import Term, folded, spans, words

LEAST = 3  # letters of what is left of the word that was meant without its ending
LONG = 6  # letters; so long a word may have two slips, if it begins well
BEGINNING = 2  # letters
TOO_FAR = 9  # slips
COMPARED = 2_000  # the commonest words that begin alike
TRIED = 12  # of the nearest words, how many are looked for among what the reader may see


def within_one_slip(typed: str, language: str) -> list[str]:
    """The words of the forum that are a slip away from what is typed, the commonest first."""
    cut = [words(variant, language) for variant in one_slip(folded(typed))]
    alike = {found[0] for found in cut if len(found) == 1 and len(found[0]) >= LEAST}
    known = select(WORDS.c.word).where(in_list(WORDS.c.word, sorted(alike)))
    return list(session.scalars(known.order_by(WORDS.c.documents.desc(), WORDS.c.word).limit(TRIED)))


def within_two_slips(typed: str, language: str) -> list[str]:
    """The words of the forum that begin like what is typed and are two slips away, the commonest first."""
    [word] = words(typed, language)
    if len(word) < LONG:
        return []
    lengths = len(word) - 2, len(word) + 2
    known = term_frequencies.beginning_with(word[:BEGINNING], most=COMPARED, lengths=lengths)
    forms = {word, folded(typed)[:-1]}  # a slip may keep the ending on
    return [other for other in known if any(slips(form, other, most=2) <= 2 for form in forms)][:TRIED]


def written(rows: Sequence[Found], term: Term, language: str) -> Iterator[tuple[str, ...]]:
    """Some words that stand side by side, as they are written in rows that have them, in small letters."""
    for text in _texts(rows):
        for place in places_in_long(text, [], language, [term]):
            here = text[place.start : place.end]
            yield tuple(here[span.start : span.end].lower() for span in spans(here, language))


def _texts(rows: Iterable[Found]) -> Iterator[str]:
    threads = [row.thread_id for row in rows if row.index is THREADS]
    posts = [row.post_id for row in rows if row.post_id]
    yield from session.scalars(select(Thread.title).where(Thread.id.in_(threads)))
    yield from map(plain_text, session.scalars(select(Post.html).where(Post.id.in_(posts))))


def distance(typed: str, written: str) -> int:
    """How many slips lie between what was typed and what somebody wrote, TOO_FAR if too many to mean it.

    The ending may be another.
    """
    one, other = folded(typed), folded(written)
    most = 1 if len(one) < LONG else 2
    far = slips(one, other, most=most)
    if far <= most:
        return far
    is_other_ending = any(slips(one[:end], other, most=1) <= 1 for end in (-1, -2) if len(one[:end]) >= LEAST)
    return most if is_other_ending else TOO_FAR
