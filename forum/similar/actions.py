"""Store which threads are similar, so that a page reads them with one query."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select

from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session, transaction
from forum.models import SimilarThread, Thread
from forum.search.index import index_state, postings, term_frequencies
from forum.search.index.tables import THREADS
from forum.search.text.scoring import YOUNG, Text
from forum.similar import embeddings
from forum.similar.index_reader import IndexReader
from forum.similar.ranking import nearest, scores_in_lists_of
from forum.similar.scoring import Similar, words_of

MAX_STORED = 20  # per thread: five are shown, and a reader may not see all of them
RECOMPUTED_LISTS = 5  # threads most similar to a new one whose lists are recomputed in a young forum
BATCH = 100
SEEN = "similar"  # in index_state: the number of threads at the last full refresh
Progress = Callable[[int, int], None]

# one row at a time: SQLite scans the whole table for an IN list of pairs
_REMOVE = delete(SimilarThread).where(
    SimilarThread.thread_id == bindparam("one"), SimilarThread.similar_id == bindparam("other")
)


def refresh(thread_id: int) -> None:
    """Recompute the threads similar to a new or edited one, and add it to their lists; call after indexing it."""
    embeddings.forget(thread_id)
    recompute(thread_id)


def recompute(thread_id: int) -> None:
    """Like `refresh`, but keep the thread's embedding; in the caller's transaction."""
    _apply(thread_id, _plan(thread_id))


def recompute_in_own_transaction(thread_id: int) -> None:
    """Like `recompute`, in a transaction of its own that starts writing only after all comparisons."""
    texts = postings.texts(THREADS, [thread_id])
    plan = _plan(thread_id)
    session.rollback()
    with transaction():
        if postings.texts(THREADS, [thread_id]) == texts:  # else it was edited meanwhile, which refreshed it
            _apply(thread_id, plan)


def refresh_own_list(thread_id: int) -> None:
    """Recompute a thread's own list only; the lists of the others follow when it is their turn.

    In a transaction of its own, like `recompute_in_own_transaction`.
    """
    texts = postings.texts(THREADS, [thread_id])
    lists = _nearest(texts, IndexReader())
    session.rollback()
    with transaction():
        if postings.texts(THREADS, [thread_id]) == texts:
            _replace(lists)


@dataclass(frozen=True)
class _Plan:
    """The lists to replace, and the thread's scores in lists that are otherwise unchanged (`other_scores`)."""

    lists: Mapping[int, list[Similar]]
    other_scores: Mapping[int, float]


def _plan(thread_id: int) -> _Plan:
    texts = postings.texts(THREADS, [thread_id])
    if not texts:
        return _Plan({}, {})
    reader = IndexReader()
    lists = _nearest(texts, reader)
    ids = [match.thread_id for match in lists[thread_id]]
    if term_frequencies.load([]).threads < YOUNG:
        # while every new thread changes word rarity, older scores are not comparable with new ones
        lists |= _nearest(reader.texts(ids[:RECOMPUTED_LISTS]), reader)
        ids = ids[RECOMPUTED_LISTS:]
    embedding = reader.embeddings([thread_id]).get(thread_id)
    return _Plan(lists, scores_in_lists_of(ids, thread_id, texts[thread_id], embedding, reader=reader))


def _apply(thread_id: int, plan: _Plan) -> None:
    own_list, other_lists = SimilarThread.thread_id == thread_id, SimilarThread.similar_id == thread_id
    session.execute(delete(SimilarThread).where(own_list | other_lists))
    _replace(plan.lists)
    _store([(other, thread_id, score) for other, score in plan.other_scores.items()])
    _trim(plan.other_scores)


def refresh_all(progress: Progress) -> None:
    """Recompute all lists in the caller's transaction; `progress` gets the number done and the total."""
    for done, total in _steps():
        progress(done, total)


def refresh_all_online(progress: Progress) -> None:
    """Like `refresh_all`, in short transactions of its own while the forum is in use."""
    steps = _steps()
    while True:
        with transaction():
            step = next(steps, None)
        if step is None:
            return
        progress(*step)


def look_at_all_again() -> None:
    """Make the refresh job (refresh_jobs.py) go through all threads again, even if the forum has not grown."""
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
    """The MAX_STORED most similar threads for each of some threads."""
    embedding_of = reader.embeddings(texts)
    reader.frequencies({word for text in texts.values() for word in words_of(text)})  # all of them at once
    return {
        thread_id: nearest(text, own=thread_id, embedding=embedding_of.get(thread_id), reader=reader)[:MAX_STORED]
        for thread_id, text in sorted(texts.items())
    }


def _replace(lists: Mapping[int, list[Similar]]) -> None:
    """Replace stored lists."""
    session.execute(delete(SimilarThread).where(SimilarThread.thread_id.in_(lists)))
    _store([(thread_id, match.thread_id, match.score) for thread_id, matches in lists.items() for match in matches])


def _store(rows: list[tuple[int, int, float]]) -> None:
    """Store pairs of similar threads, except threads deleted since the comparison.

    Another process may have stored the same pair since; sorted, so that two of them do not wait for each other.
    """
    ids = {thread_id for row in rows for thread_id in row[:2]}
    existing = set(session.scalars(select(Thread.id).where(Thread.id.in_(ids)))) if ids else set()
    values = [
        {"thread_id": thread_id, "similar_id": similar_id, "score": score}
        for thread_id, similar_id, score in sorted(rows)
        if {thread_id, similar_id} <= existing
    ]
    if values:
        statement = insert_into(SimilarThread)
        key, scores = ["thread_id", "similar_id"], {"score": statement.excluded.score}
        session.execute(statement.on_conflict_do_update(index_elements=key, set_=scores), values)


def _trim(threads: Iterable[int]) -> None:
    """Delete all but the MAX_STORED most similar of each thread."""
    table = SimilarThread
    rows = select(table.thread_id, table.similar_id).where(table.thread_id.in_(list(threads)))
    kept: dict[int, int] = {}
    extra = []
    for thread_id, similar_id in session.execute(rows.order_by(table.thread_id, table.score.desc(), table.similar_id)):
        kept[thread_id] = kept.get(thread_id, 0) + 1
        if kept[thread_id] > MAX_STORED:
            extra.append({"one": thread_id, "other": similar_id})
    if extra:
        session.connection().execute(_REMOVE, extra)
