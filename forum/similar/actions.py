"""Storing which threads are similar, so that a page reads them by one look-up."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select

from forum.infra.db import session, transaction
from forum.models import SimilarThread, Thread
from forum.search.index import index_state, postings, term_frequencies
from forum.search.index.tables import THREADS
from forum.search.text.scoring import YOUNG, Text
from forum.similar import embeddings
from forum.similar.index_reader import IndexReader
from forum.similar.ranking import nearest, seen_from
from forum.similar.scoring import Similar, words_of

KEPT = 20  # of each thread: five are shown, and a reader may not see them all
FOUND_AGAIN = 5  # of the threads near to a new one, how many are asked anew in a young forum
BATCH = 100
SEEN = "similar"  # in index_state: how many threads there were when all were looked at
Progress = Callable[[int, int], None]

# a row at a time: SQLite looks through the whole table for pairs that are in a list
_TAKE_OUT = delete(SimilarThread).where(
    SimilarThread.thread_id == bindparam("one"), SimilarThread.similar_id == bindparam("other")
)


def refresh(thread_id: int) -> None:
    """Find what is similar to a thread that was written or edited, and tell those threads of it; after indexing it."""
    embeddings.forget(thread_id)
    find_again(thread_id)


def find_again(thread_id: int) -> None:
    """The same for a thread of which only more is known than before; in the caller's transaction."""
    _carry_out(thread_id, _plan(thread_id))


def find_again_apart(thread_id: int) -> None:
    """The same in a transaction of its own, which begins to write only once everything is compared."""
    texts = postings.texts(THREADS, [thread_id])
    plan = _plan(thread_id)
    session.rollback()
    with transaction():
        if postings.texts(THREADS, [thread_id]) == texts:  # else an edit came between, and found what is similar itself
            _carry_out(thread_id, plan)


def look_again(thread_id: int) -> None:
    """Find what is similar to a thread now that others have come; those hear of it when it is their turn.

    In a transaction of its own, as above.
    """
    texts = postings.texts(THREADS, [thread_id])
    lists = _nearest(texts, IndexReader())
    session.rollback()
    with transaction():
        if postings.texts(THREADS, [thread_id]) == texts:
            _replace(lists)


@dataclass(frozen=True)
class _Plan:
    """The lists of threads that are new, and how near the thread is to others whose lists stay."""

    lists: Mapping[int, list[Similar]]
    told: Mapping[int, float]


def _plan(thread_id: int) -> _Plan:
    texts = postings.texts(THREADS, [thread_id])
    if not texts:
        return _Plan({}, {})
    reader = IndexReader()
    lists = _nearest(texts, reader)
    found = [one.thread_id for one in lists[thread_id]]
    if term_frequencies.known([]).threads < YOUNG:
        # while every new thread changes what is rare, older scores cannot be compared with new ones
        lists |= _nearest(reader.texts(found[:FOUND_AGAIN]), reader)
        found = found[FOUND_AGAIN:]
    means = reader.meanings([thread_id]).get(thread_id)
    return _Plan(lists, seen_from(found, thread_id, texts[thread_id], means, reader=reader))


def _carry_out(thread_id: int, plan: _Plan) -> None:
    mine, theirs = SimilarThread.thread_id == thread_id, SimilarThread.similar_id == thread_id
    session.execute(delete(SimilarThread).where(mine | theirs))
    _replace(plan.lists)
    _store([(other, thread_id, score) for other, score in plan.told.items()])
    _trim(plan.told)


def refresh_all(progress: Progress) -> None:
    """Find anew what is similar to every thread, in the caller's transaction; `progress` hears how many of how many."""
    for done, total in _steps():
        progress(done, total)


def refresh_all_online(progress: Progress) -> None:
    """The same in short transactions of its own, while members read and write."""
    steps = _steps()
    while True:
        with transaction():
            step = next(steps, None)
        if step is None:
            return
        progress(*step)


def look_at_all_again() -> None:
    """Let the job that follows a growing forum (upkeep.py) go through all threads, however many there were before."""
    index_state.store(SEEN, 0)


def _steps() -> Iterator[tuple[int, int]]:
    total = session.scalar(select(func.count(Thread.id))) or 0
    done, last = 0, 0
    while batch := list(session.scalars(select(Thread.id).where(Thread.id > last).order_by(Thread.id).limit(BATCH))):
        session.execute(delete(SimilarThread).where(SimilarThread.thread_id.in_(batch)))
        _replace(_nearest(postings.texts(THREADS, batch), IndexReader()))
        last, done = batch[-1], done + len(batch)
        yield done, total
    index_state.store(SEEN, total)
    yield total, total


def _nearest(texts: Mapping[int, Text], reader: IndexReader) -> dict[int, list[Similar]]:
    """What is near to each of some threads, as many as are kept."""
    means = reader.meanings(texts)
    reader.frequencies({word for text in texts.values() for word in words_of(text)})  # all of them at once
    return {
        thread_id: nearest(text, own=thread_id, meant=means.get(thread_id), reader=reader)[:KEPT]
        for thread_id, text in sorted(texts.items())
    }


def _replace(lists: Mapping[int, list[Similar]]) -> None:
    """Store lists in the place of those that were stored."""
    session.execute(delete(SimilarThread).where(SimilarThread.thread_id.in_(lists)))
    _store([(thread_id, one.thread_id, one.score) for thread_id, found in lists.items() for one in found])


def _store(rows: list[tuple[int, int, float]]) -> None:
    """Store what is similar, without threads that have gone since they were compared."""
    named = {thread_id for one, other, _ in rows for thread_id in (one, other)}
    there = set(session.scalars(select(Thread.id).where(Thread.id.in_(named)))) if named else set()
    values = [
        {"thread_id": one, "similar_id": other, "score": score} for one, other, score in rows if {one, other} <= there
    ]
    if values:
        session.execute(insert(SimilarThread), values)


def _trim(threads: Iterable[int]) -> None:
    """Keep the nearest of each thread."""
    table = SimilarThread
    rows = select(table.thread_id, table.similar_id).where(table.thread_id.in_(list(threads)))
    kept: dict[int, int] = {}
    extra = []
    for thread_id, similar_id in session.execute(rows.order_by(table.thread_id, table.score.desc(), table.similar_id)):
        kept[thread_id] = kept.get(thread_id, 0) + 1
        if kept[thread_id] > KEPT:
            extra.append({"one": thread_id, "other": similar_id})
    if extra:
        session.connection().execute(_TAKE_OUT, extra)
