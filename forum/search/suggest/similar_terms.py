"""Indexed words similar to a mistyped one, and how they are spelled in posts that the reader may see."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.markup.plain_text import plain_text
from forum.models import Post, Thread
from forum.search.index import term_frequencies
from forum.search.index.tables import THREADS, WORDS
from forum.search.query.retrieval import IndexHit
from forum.search.text.edit_distance import edit_distance, one_edit_away
from forum.search.text.highlight import word_spans_in_long_text
from forum.search.text.tokenizer import Term, folded, spans, words

LEAST = 3  # minimum letters of a candidate's stem
LONG = 6  # letters; a word this long may have two edits if its beginning is right
BEGINNING = 2  # letters
TOO_FAR = 9  # edits
COMPARED = 2_000  # the commonest words with the same beginning
MAX_TERMS_CHECKED = 12  # similar words that are checked for visibility


def within_one_edit(typed: str, language: str) -> list[str]:
    """Indexed words one edit away from what was typed, the commonest first."""
    stems = [words(variant, language) for variant in one_edit_away(folded(typed))]
    alike = {terms[0] for terms in stems if len(terms) == 1 and len(terms[0]) >= LEAST}
    known = select(WORDS.c.word).where(in_list(WORDS.c.word, sorted(alike)))
    return list(session.scalars(known.order_by(WORDS.c.documents.desc(), WORDS.c.word).limit(MAX_TERMS_CHECKED)))


def within_two_edits(typed: str, language: str) -> list[str]:
    """Indexed words with the same beginning as what was typed, at most two edits away, the commonest first."""
    [word] = words(typed, language)
    if len(word) < LONG:
        return []
    lengths = len(word) - 2, len(word) + 2
    known = term_frequencies.beginning_with(word[:BEGINNING], most=COMPARED, lengths=lengths)
    forms = {word, folded(typed)[:-1]}  # a typo may prevent the stemmer from removing the ending
    return [other for other in known if any(edit_distance(form, other, most=2) <= 2 for form in forms)][
        :MAX_TERMS_CHECKED
    ]


def spellings(rows: Sequence[IndexHit], term: Term, language: str) -> Iterator[tuple[str, ...]]:
    """The spellings of a sequence of adjacent words in rows that contain it, in lower case."""
    for text in _texts(rows):
        for span in word_spans_in_long_text(text, [], language, [term]):
            here = text[span.start : span.end]
            yield tuple(here[span.start : span.end].lower() for span in spans(here, language))


def _texts(rows: Iterable[IndexHit]) -> Iterator[str]:
    threads = [row.thread_id for row in rows if row.index is THREADS]
    posts = [row.post_id for row in rows if row.post_id]
    yield from session.scalars(select(Thread.title).where(Thread.id.in_(threads)))
    yield from map(plain_text, session.scalars(select(Post.html).where(Post.id.in_(posts))))


def distance(typed: str, written: str) -> int:
    """The edit distance between what was typed and a spelling in a post, TOO_FAR if it is too large.

    The ending may differ.
    """
    one, other = folded(typed), folded(written)
    most = 1 if len(one) < LONG else 2
    far = edit_distance(one, other, most=most)
    if far <= most:
        return far
    is_other_ending = any(edit_distance(one[:end], other, most=1) <= 1 for end in (-1, -2) if len(one[:end]) >= LEAST)
    return most if is_other_ending else TOO_FAR
