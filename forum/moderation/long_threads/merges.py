"""Begin merges of threads that are too long to be merged at once; merge_slices.py does the work."""

from sqlalchemy import or_, select

from forum import page_versions, permissions
from forum.audit_log import record
from forum.infra.database.db import session
from forum.models import Member, Thread, ThreadMerge
from forum.moderation.long_threads.merge_slices import FIRST_STEP
from forum.moderation.regrouping import order
from forum.moderation.regrouping.merging import merge_threads
from forum.moderation.regrouping.order import TooMany


def merge_or_begin(
    actor: Member, source: Thread, into: Thread, *, redirect_days: int | None = None
) -> ThreadMerge | None:
    """Merge a thread into another at once, or begin to if it moves too much; the same one is begun once.

    Raises Conflict or Invalid.
    """
    for thread in sorted({source, into}, key=lambda thread: thread.id):
        page_versions.lock_thread(thread)
    running = running_of(source) if source.is_being_merged else None
    if running is not None and (running.source_id, running.into_id) == (source.id, into.id):
        permissions.require(permissions.may_moderate_in(actor, source.board))
        return running
    try:
        merge_threads(actor, [source], into, redirect_days=redirect_days)
    except TooMany:
        return begin(actor, source, into, redirect_days)
    return None


def begin(actor: Member | None, source: Thread, into: Thread, redirect_days: int | None) -> ThreadMerge:
    """Begin a merge that was found to be allowed; both threads are locked."""
    entry = record("begin-merge", actor=actor, target=f"thread:{source.id}", name=source.title, into=into.id)
    session.flush()
    order.move_unplaced(source, into)
    source.is_being_merged = into.is_being_merged = True
    merge = ThreadMerge(entry_id=entry.id, source_id=source.id, into_id=into.id, redirect_days=redirect_days)
    merge.step, merge.planned, merge.page_posts = FIRST_STEP, source.last_position, []
    merge.cursor = merge.kept = merge.last = 0
    session.add(merge)
    session.flush()
    return merge


def running_of(thread: Thread) -> ThreadMerge | None:
    """The merge that moves posts of a thread, or to it."""
    concerned = or_(ThreadMerge.source_id == thread.id, ThreadMerge.into_id == thread.id)
    return session.scalars(select(ThreadMerge).where(ThreadMerge.step != "", concerned).limit(1)).one_or_none()
