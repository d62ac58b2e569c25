"""Updates authors' counts and the search index after a thread is hidden, such as by deletion, or made public.

The thread disappears or returns at once, because every query checks its visibility, and so do its board's counts. Its
posts follow in slices, the first within the request, the rest in a job, so that no writer waits for 200,000 of them.
A row records the progress, and `archive/recount_queries.py` takes it into account, so that every counter stays exact.
Undoing the action before all posts have followed reverses the same row.
"""

import time

from sqlalchemy import select

from forum.infra.database.db import session, transaction
from forum.members import counters as member_counters
from forum.models import DeleteBackfill, Thread
from forum.search.index import actions as search

SLICE_POSITIONS = 25  # positions
MAX_TRANSACTION_SECONDS = 0.02  # seconds after which a transaction ends with its slice: SQLite has one writer at a time
MAX_RUN_SECONDS = 1.5  # seconds after which other jobs run


def start(thread: Thread) -> None:
    """Start the backfill of a thread that was hidden or made public; a short thread is completed at once."""
    row = session.get(DeleteBackfill, thread.id)
    if row is None:
        above = thread.last_position if thread.is_public else 0
        row = DeleteBackfill(thread_id=thread.id, counted_above=above, indexed_to=0)
        session.add(row)
    row.indexed_to = 0
    session.flush()
    _process_slices(thread, row)


def run_pending() -> None:
    """Continue pending backfills for MAX_RUN_SECONDS in short transactions, pausing as long between them; for a job."""
    end = time.monotonic() + MAX_RUN_SECONDS
    next_thread = select(DeleteBackfill.thread_id).order_by(DeleteBackfill.thread_id).limit(1)
    while time.monotonic() < end and (thread_id := session.scalar(next_thread)) is not None:
        began = time.monotonic()
        with transaction():
            continue_backfill(thread_id)
        time.sleep(time.monotonic() - began)


def continue_backfill(thread_id: int) -> None:
    """Continue the backfill of a thread until the time limit, in the caller's transaction."""
    session.execute(select(Thread.id).where(Thread.id == thread_id).with_for_update(key_share=True))
    thread, row = session.get(Thread, thread_id), session.get(DeleteBackfill, thread_id)
    if thread is not None and row is not None:  # otherwise another process has finished it
        _process_slices(thread, row)


def _process_slices(thread: Thread, row: DeleteBackfill) -> None:
    """Process slices until the time limit, at least one; the caller has locked the thread."""
    end = time.monotonic() + MAX_TRANSACTION_SECONDS
    while not (is_over := _is_settled(thread, row)):
        _count(thread, row)
        _index(thread, row)
        if time.monotonic() >= end:
            break
    if is_over or _is_settled(thread, row):
        session.delete(row)
    session.flush()


def _is_settled(thread: Thread, row: DeleteBackfill) -> bool:
    is_counted = row.counted_above == 0 if thread.is_public else row.counted_above >= thread.last_position
    return is_counted and row.indexed_to >= thread.last_position


def _count(thread: Thread, row: DeleteBackfill) -> None:
    """Move the boundary below which posts do not count by a slice: down in a public thread, up otherwise."""
    before = row.counted_above
    row.counted_above = (
        max(before - SLICE_POSITIONS, 0) if thread.is_public else min(before + SLICE_POSITIONS, thread.last_position)
    )
    low, high = sorted((before, row.counted_above))
    if low < high:
        member_counters.count_posts(thread.id, low + 1, high, sign=1 if thread.is_public else -1)


def _index(thread: Thread, row: DeleteBackfill) -> None:
    first, row.indexed_to = row.indexed_to + 1, min(row.indexed_to + SLICE_POSITIONS, thread.last_position)
    if first <= row.indexed_to:
        search.index_replies(thread.id, first, row.indexed_to)
