"""Begin merges of threads that are too long to be merged at once, and say how far they are; slices.py does the work."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import or_, select

from forum import page_versions, permissions
from forum.audit_log import record
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.models import LogEntry, Member, Thread, ThreadMerge
from forum.moderation.regrouping import order
from forum.moderation.regrouping.merging import merge_threads
from forum.moderation.regrouping.order import TooMany
from forum.moderation.regrouping.slices import FIRST_STEP
from forum.threads.queries import find_thread


def merge_or_begin(
    actor: Member, source: Thread, into: Thread, *, redirect_days: int | None = None
) -> ThreadMerge | None:
    """Merge a thread into another at once, or begin to if it moves too many posts; the same one is begun once.

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
        return _begin(actor, source, into, redirect_days)
    return None


def _begin(actor: Member, source: Thread, into: Thread, redirect_days: int | None) -> ThreadMerge:
    """Begin a merge that `merge_threads` has found to be allowed; both threads are locked."""
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


class Notice(NamedTuple):
    """What readers of a thread that is being merged learn: the other thread, and for moderators the merge's page."""

    other: Thread | None = None
    path: str = ""


def notice_of(actor: Member | None, thread: Thread) -> Notice | None:
    """What a thread's page says of its merge, if it is being merged; guests are not told with which."""
    if not thread.is_being_merged:
        return None
    merge = running_of(thread) if actor is not None else None
    if merge is None:
        return Notice()
    other_id = merge.into_id if merge.source_id == thread.id else merge.source_id
    seen = select(Thread).join(Thread.board).where(Thread.id == other_id, permissions.visible_threads(actor))
    moderates = permissions.may_moderate_in(actor, thread.board)
    return Notice(session.scalars(seen).one_or_none(), merge.path if moderates else "")


@dataclass(frozen=True)
class Progress:
    """How many of the posts of a merge are where they will be."""

    merge: ThreadMerge
    into: Thread
    done: int
    total: int

    @property
    def is_running(self) -> bool:
        """Whether posts are still being moved."""
        return bool(self.merge.step)


def find(actor: Member, entry_id: int) -> Progress:
    """A merge that the actor began, or to a thread in a board that they moderate. Raises NotFound."""
    merge = session.get(ThreadMerge, entry_id)
    if merge is None:
        raise NotFound
    into, entry = find_thread(actor, merge.into_id), session.get_one(LogEntry, entry_id)
    if entry.actor_id != actor.id and not permissions.may_moderate_in(actor, into.board):
        raise NotFound
    return progress_of(merge, into)


def progress_of(merge: ThreadMerge, into: Thread) -> Progress:
    """How far a merge is: all posts from the last place down to the cursor are there."""
    total = max(merge.last - merge.kept, 1)
    if not merge.step:
        return Progress(merge, into, total, total)
    moves = merge.step in {"posts", "reads", "watches", "end"} and merge.last
    return Progress(merge, into, min(merge.last + 1 - merge.cursor, total) if moves else 0, total)
