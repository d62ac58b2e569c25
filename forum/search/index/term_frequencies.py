"""Document frequencies: how many threads contain each word, updated by every write and read before every search.

Words with a count of 0 are kept: they occur in replies, or once occurred in a thread.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import delete, func, select, text

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.search.index import index_state
from forum.search.index.tables import WORDS, Row
from forum.search.text.scoring import Frequencies
from forum.search.text.tokenizer import MAX_WORD, THREAD_TOTAL_KEY

MAX_TERMS_READ = 20_000  # words with the same beginning that are read to find the commonest

# no word begins with an asterisk
_TITLES, _BODIES = f"{THREAD_TOTAL_KEY}title", f"{THREAD_TOTAL_KEY}body"
_REBUILT = "rebuilt"  # in index_state: the last thread that a rebuild has counted
_ADD = text(
    "INSERT INTO word_index (word, documents) VALUES (:word, :documents) "
    "ON CONFLICT (word) DO UPDATE SET documents = word_index.documents + excluded.documents"
)
_ADD_TERM = text("INSERT INTO word_index (word, documents) VALUES (:word, 0) ON CONFLICT (word) DO NOTHING")


def load(words: Iterable[str]) -> Frequencies:
    """The frequencies of some words, and the forum's totals."""
    keys = {*words, THREAD_TOTAL_KEY, _TITLES, _BODIES}
    rows = session.execute(select(WORDS.c.word, WORDS.c.documents).where(in_list(WORDS.c.word, keys)))
    documents: dict[str, int] = {row.word: row.documents for row in rows}
    threads = max(documents.pop(THREAD_TOTAL_KEY, 0), 1)
    titles, bodies = documents.pop(_TITLES, 0), documents.pop(_BODIES, 0)
    return Frequencies(threads, documents, max(titles / threads, 1.0), max(bodies / threads, 1.0))


def in_row(row: Row) -> Counter[str]:
    """The contribution of a thread to the counts."""
    title, body = row.title.split(), row.body.split()
    counts = Counter({*title, *body})
    counts.update({THREAD_TOTAL_KEY: 1, _TITLES: len(title), _BODIES: len(body)})
    return counts


def add(counts: Counter[str]) -> None:
    """Add counts, some of which may be negative, to the stored ones."""
    # in a fixed order, so that two writers never deadlock
    changed = [word for word in sorted(counts) if counts[word]]
    if changed:
        session.execute(_ADD, [{"word": word, "documents": counts[word]} for word in changed])


def beginning_with(start: str, *, most: int, lengths: tuple[int, int] = (1, MAX_WORD)) -> list[str]:
    """The commonest words with a prefix and a length within `lengths`, among the alphabetically first ones."""
    with_prefix = select(WORDS).where(WORDS.c.word >= start, WORDS.c.word < start[:-1] + chr(ord(start[-1]) + 1))
    read = with_prefix.order_by(WORDS.c.word).limit(MAX_TERMS_READ).subquery()
    chosen = select(read.c.word).where(func.length(read.c.word).between(*lengths))
    return list(session.scalars(chosen.order_by(read.c.documents.desc(), read.c.word).limit(most)))


def add_terms(words: Iterable[str]) -> None:
    """Add words that may not occur in any thread, with a count of 0."""
    wanted = sorted(words)
    present = set(session.scalars(select(WORDS.c.word).where(in_list(WORDS.c.word, wanted))))
    fresh = [{"word": word} for word in wanted if word not in present]
    if fresh:
        session.execute(_ADD_TERM, fresh)


def begin_rebuild() -> None:
    """Delete all counts for a rebuild; until it reaches a thread, that thread is not counted."""
    session.execute(delete(WORDS))
    index_state.clear_all()
    mark_rebuilt(0)


def mark_rebuilt(thread_id: int) -> None:
    """Store the id of the last thread that a rebuild has reached."""
    index_state.store(_REBUILT, thread_id)


def end_rebuild() -> None:
    """Mark a rebuild as finished: every thread is counted from now on."""
    index_state.clear(_REBUILT)


def is_rebuilding() -> bool:
    """Whether a rebuild is running, so that the counts are incomplete."""
    return index_state.load(_REBUILT) is not None


def is_counted(thread_id: int) -> bool:
    """Whether the counts include this thread: not if a running rebuild has not reached it."""
    reached = index_state.load(_REBUILT)
    return reached is None or thread_id <= int(reached)
