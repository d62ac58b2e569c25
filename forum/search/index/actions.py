"""Maintain the full-text index; call these in the transaction that writes the thread or the post.

The index holds everything that is public: code that writes, edits, hides or restores something calls this.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from sqlalchemy import and_, delete, func, select

from forum.infra.database.db import session, transaction
from forum.infra.database.in_list import in_list
from forum.models import Post, Thread
from forum.search.index import maintenance, reply_terms, term_frequencies
from forum.search.index.index_language import CACHE_SECONDS, base_language, language, set_language
from forum.search.index.index_rows import post_rows, reply_row, thread_rows
from forum.search.index.store import store
from forum.search.index.tables import POSTS, THREADS, Index, Row

BATCH = 500  # rows per transaction of a rebuild: other writers wait less than a second for them
Progress = Callable[[int, int], None]


def index_thread(thread_id: int) -> None:
    """Index a thread's title and first post, or remove them if the thread is not public."""
    store().hold(alone=False)
    rows = thread_rows(Thread.id == thread_id)
    _replace_thread(thread_id, rows[0] if rows else None)


def index_post(post_id: int) -> None:
    """Index a post, or remove it if it or its thread is not public; a first post is indexed with its thread."""
    store().hold(alone=False)
    row = session.execute(select(Post.thread_id, Post.position).where(Post.id == post_id)).one_or_none()
    if row is not None and row.position == 1:
        index_thread(row.thread_id)
        return
    remove_post(post_id)
    if rows := post_rows(Post.id == post_id):
        store().add(POSTS, rows)


def add_reply(post: Post) -> None:
    """Index a reply that was just written."""
    store().hold(alone=False)
    store().add(POSTS, [reply_row(post.id, post.html)])


def index_replies(thread_id: int, first: int, last: int) -> None:
    """Index the replies at a range of positions in a thread, and remove those that are not public."""
    store().hold(alone=False)
    condition = and_(Post.thread_id == thread_id, Post.position.between(first, last), Post.position > 1)
    session.execute(delete(POSTS.table).where(POSTS.table.c.rowid.in_(select(Post.id).where(condition))))
    if rows := post_rows(condition):
        store().add(POSTS, rows)


def remove_post(post_id: int) -> None:
    """Remove a reply from the index."""
    session.execute(delete(POSTS.table).where(POSTS.table.c.rowid == post_id))


def remove_posts(post_ids: Collection[int]) -> None:
    """Remove replies from the index."""
    session.execute(delete(POSTS.table).where(in_list(POSTS.table.c.rowid, post_ids)))


def index_posts(post_ids: Collection[int]) -> None:
    """Index replies, or remove those that are not public."""
    store().hold(alone=False)
    remove_posts(post_ids)
    if rows := post_rows(in_list(Post.id, post_ids)):
        store().add(POSTS, rows)


def _replace_thread(thread_id: int, now: Row | None) -> None:
    before = stored_thread(thread_id)
    if before == now:
        return
    if before is not None:
        session.execute(delete(THREADS.table).where(THREADS.table.c.rowid == thread_id))
    if now is not None:
        store().add(THREADS, [now])
    if term_frequencies.is_counted(thread_id):
        counts = term_frequencies.in_row(now) if now else Counter()
        counts.subtract(term_frequencies.in_row(before) if before else Counter())
        term_frequencies.add(counts)


def stored_thread(thread_id: int) -> Row | None:
    """The indexed row of a thread, or None."""
    table = THREADS.table
    row = session.execute(select(table).where(table.c.rowid == thread_id)).one_or_none()
    return Row(row.rowid, row.title, row.body) if row else None


class BulkIndexer:
    """Adds many rows that are not in the index yet, in the caller's transaction; no rebuild may be running.

    The texts must be tokenized as in index_rows.py, in the index's language. Words are counted once, at the end.
    """

    def __init__(self) -> None:
        store().hold(alone=False)
        self._counts: Counter[str] = Counter()
        self._words: set[str] = set()
        self._last = 0

    def add(self, threads: Sequence[Row], replies: Sequence[Row], fresh: Iterable[str]) -> None:
        """Add rows; `fresh` are their words, at least those that were in no row before."""
        _add_threads(threads, self._counts)
        if replies:
            store().add(POSTS, replies)
            self._last = replies[-1].rowid
        self._words.update(reply_terms.correctable_words(" ".join(fresh)))

    def end(self) -> None:
        """Write the word counts."""
        term_frequencies.add(self._counts)
        if self._last:
            reply_terms.add_terms(self._words, self._last)


def reindex(progress: Progress, *, new_language: str = "") -> None:
    """Rebuild the index in the caller's transaction; `progress` gets the rows done and the total.

    `new_language` is the new language of the index; empty keeps the current one.
    """
    for done, total in _steps(new_language):
        progress(done, total)


def reindex_online(progress: Progress, *, new_language: str = "") -> None:
    """Rebuild the index in short transactions of its own while the forum is in use; may be interrupted."""
    is_new = bool(new_language) and base_language(new_language) != language()
    steps = _steps(new_language)
    if is_new:
        with transaction():
            maintenance.note_progress(*next(steps))
        time.sleep(CACHE_SECONDS)  # until no process writes in the previous language
    while True:
        with transaction():
            step = next(steps, None)
            if step is None:
                maintenance.forget_progress()
                return
            maintenance.note_progress(*step)
        progress(*step)


def _steps(new_language: str) -> Iterator[tuple[int, int]]:
    store().hold(alone=True)
    new_language = new_language or language()
    total = (session.scalar(select(func.count(Thread.id))) or 0) + (session.scalar(select(func.count(Post.id))) or 0)
    term_frequencies.begin_rebuild()
    set_language(new_language)
    done = 0
    yield done, total
    for write, ids in ((_write_threads, Thread.id), (_write_posts, Post.id)):
        low = 0
        while batch := list(session.scalars(select(ids).where(ids > low).order_by(ids).limit(BATCH))):
            write(low, batch[-1])
            low, done = batch[-1], done + len(batch)
            yield done, total
        _clear(THREADS if write is _write_threads else POSTS, low, None)
    term_frequencies.end_rebuild()
    for _ in _merged():
        yield max(done - 1, 0), total  # usable, but not finished
    yield total, total


def merge_online() -> None:
    """Merge the segments of the indexes after many writes, in short transactions of its own."""
    pieces = _merged()
    while True:
        with transaction():
            if next(pieces, None) is None:
                return


def _merged() -> Iterator[Index]:
    """Merge each index into one segment that no later writer has to merge with others."""
    for index in (THREADS, POSTS):
        is_new = True
        while store().merge(index, anew=is_new):
            is_new = False
            yield index


def _write_threads(low: int, high: int) -> None:
    store().hold(alone=True)
    _clear(THREADS, low, high)
    counts: Counter[str] = Counter()
    _add_threads(thread_rows(Thread.id.between(low + 1, high)), counts)
    term_frequencies.add(counts)
    term_frequencies.mark_rebuilt(high)


def _write_posts(low: int, high: int) -> None:
    store().hold(alone=True)
    _clear(POSTS, low, high)
    if rows := post_rows(Post.id.between(low + 1, high)):
        store().add(POSTS, rows)
        reply_terms.add(rows)


def _add_threads(rows: Sequence[Row], counts: Counter[str]) -> None:
    for row in rows:
        counts.update(term_frequencies.in_row(row))
    if rows:
        store().add(THREADS, rows)


def _clear(index: Index, low: int, high: int | None) -> None:
    rowid = index.table.c.rowid
    beyond = delete(index.table).where(rowid > low)
    session.execute(beyond if high is None else beyond.where(rowid <= high))
