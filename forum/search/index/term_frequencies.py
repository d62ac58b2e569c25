"""In how many threads each word occurs: counted in the transaction that writes, read before every search.

A word of none is kept: it stands in replies, or did once in a thread.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import delete, func, select, text

from forum.infra.db import session
from forum.infra.in_list import in_list
from forum.search.index import index_state
from forum.search.index.tables import WORDS, Row
from forum.search.text.scoring import Frequencies
from forum.search.text.tokenizer import MAX_WORD, TOTALS

MAX_TERMS_READ = 20_000  # words that begin alike, of which the commonest are found

# no word begins with a star
_TITLES, _BODIES = f"{TOTALS}title", f"{TOTALS}body"
_REBUILT = "rebuilt"  # in index_state: the last thread that a rebuild has counted
_ADD = text(
    "INSERT INTO word_index (word, documents) VALUES (:word, :documents) "
    "ON CONFLICT (word) DO UPDATE SET documents = word_index.documents + excluded.documents"
)
_ACQUAINT = text("INSERT INTO word_index (word, documents) VALUES (:word, 0) ON CONFLICT (word) DO NOTHING")


def known(words: Iterable[str]) -> Frequencies:
    """The frequencies of some words, and the forum's totals."""
    asked = {*words, TOTALS, _TITLES, _BODIES}
    rows = session.execute(select(WORDS.c.word, WORDS.c.documents).where(in_list(WORDS.c.word, asked)))
    found: dict[str, int] = {row.word: row.documents for row in rows}
    threads = max(found.pop(TOTALS, 0), 1)
    titles, bodies = found.pop(_TITLES, 0), found.pop(_BODIES, 0)
    return Frequencies(threads, found, max(titles / threads, 1.0), max(bodies / threads, 1.0))


def in_row(row: Row) -> Counter[str]:
    """What a thread adds to the counts."""
    title, body = row.title.split(), row.body.split()
    counts = Counter({*title, *body})
    counts.update({TOTALS: 1, _TITLES: len(title), _BODIES: len(body)})
    return counts


def add(counts: Counter[str]) -> None:
    """Add counts, some of which may be negative, to the stored ones."""
    # in one order for all, so that two writers never wait for each other
    changed = [word for word in sorted(counts) if counts[word]]
    if changed:
        session.execute(_ADD, [{"word": word, "documents": counts[word]} for word in changed])


def beginning_with(start: str, *, most: int, lengths: tuple[int, int] = (1, MAX_WORD)) -> list[str]:
    """The commonest words that begin so and have so many letters, among the first of them by the alphabet."""
    begin_so = select(WORDS).where(WORDS.c.word >= start, WORDS.c.word < start[:-1] + chr(ord(start[-1]) + 1))
    read = begin_so.order_by(WORDS.c.word).limit(MAX_TERMS_READ).subquery()
    chosen = select(read.c.word).where(func.length(read.c.word).between(*lengths))
    return list(session.scalars(chosen.order_by(read.c.documents.desc(), read.c.word).limit(most)))


def add_terms(words: Iterable[str]) -> None:
    """Make words known that need not occur in any thread."""
    wanted = sorted(words)
    there = set(session.scalars(select(WORDS.c.word).where(in_list(WORDS.c.word, wanted))))
    fresh = [{"word": word} for word in wanted if word not in there]
    if fresh:
        session.execute(_ACQUAINT, fresh)


def begin_again() -> None:
    """Forget all counts: a rebuild counts every thread anew, and until it comes to one that is not counted."""
    session.execute(delete(WORDS))
    index_state.clear_all()
    mark_rebuilt(0)


def mark_rebuilt(thread_id: int) -> None:
    """Remember how far a rebuild has come."""
    index_state.store(_REBUILT, thread_id)


def end_rebuild() -> None:
    """From now on every thread is counted."""
    index_state.clear(_REBUILT)


def is_rebuilding() -> bool:
    """Whether a rebuild goes on, so that the counts are not those of the forum."""
    return index_state.load(_REBUILT) is not None


def is_counted(thread_id: int) -> bool:
    """Whether the counts hold this thread: not if a rebuild goes on and has not come to it."""
    reached = index_state.load(_REBUILT)
    return reached is None or thread_id <= int(reached)
