"""Ends pins and locks of threads whose time has come, and begins locks, within seconds; for a job."""

import time
from datetime import datetime

from sqlalchemy import select, union

from forum import page_versions
from forum.audit_log import record
from forum.boards import redirects
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.errors import NotFound
from forum.models import Thread

MAX_RUN_SECONDS = 1.5  # after which other jobs run
MAX_AT_ONCE = 200  # threads, and rows in lists


def apply_due() -> int:
    """Change what is due, each thread in a transaction of its own; returns how many threads that were."""
    end, changed = time.monotonic() + MAX_RUN_SECONDS, 0
    for thread_id in _due():
        if time.monotonic() >= end:
            break
        with transaction():
            changed += _change_one(thread_id)
    redirects.forget_expired_rows(most=MAX_AT_ONCE)
    return changed


def _due() -> list[int]:
    now = clock.now()
    times = (Thread.pinned_until, Thread.locks_at, Thread.locked_until)
    due = union(*(select(Thread.id).where(moment.is_not(None), moment <= now) for moment in times)).subquery()
    ids = list(session.scalars(select(due.c.id).limit(MAX_AT_ONCE)))
    session.rollback()
    return ids


def _change_one(thread_id: int) -> bool:
    thread = session.get(Thread, thread_id, populate_existing=True)
    if thread is None:
        return False
    try:
        page_versions.lock_thread(thread)
    except NotFound:  # merged into another meanwhile
        return False
    change_due(thread, clock.now())
    return True


def change_due(thread: Thread, now: datetime) -> None:
    """Change a thread that the caller has locked to what it is to be at a time."""
    target = f"thread:{thread.id}"
    if thread.pinned_until is not None and thread.pinned_until <= now:
        thread.is_pinned = thread.is_pinned_everywhere = False
        thread.pinned_until = None
        record("end-pin", target=target)
    if thread.locks_at is not None and thread.locks_at <= now:
        thread.is_locked, thread.locks_at = True, None
        record("begin-lock", target=target, reason=thread.lock_reason)
    if thread.locked_until is not None and thread.locked_until <= now:
        thread.is_locked, thread.locked_until, thread.lock_reason = False, None, ""
        record("end-lock", target=target)
    session.flush()
