"""How far the work on long threads is, and what readers of such a thread learn of it."""

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import select

from forum import permissions
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.models import LogEntry, Member, Thread, ThreadErasure, ThreadMerge, ThreadSplit
from forum.moderation.long_threads import merges, splits
from forum.threads.queries import find_thread


class Notice(NamedTuple):
    """What readers of such a thread learn: the other thread of a merge, and for moderators the page of the work."""

    other: Thread | None = None
    path: str = ""
    is_merge: bool = False
    is_erasure: bool = False


def running_of(thread: Thread) -> ThreadMerge | ThreadSplit | ThreadErasure | None:
    """The work that moves or deletes posts of a thread, or moves others to it."""
    if not thread.is_being_merged:
        return None
    erasure = select(ThreadErasure).where(ThreadErasure.step != "", ThreadErasure.thread_id == thread.id).limit(1)
    return merges.running_of(thread) or splits.running_of(thread) or session.scalars(erasure).one_or_none()


def notice_of(actor: Member | None, thread: Thread) -> Notice | None:
    """What a thread's page says of the work; guests are not told which other thread is concerned."""
    if not thread.is_being_merged:
        return None
    work = running_of(thread)
    told = Notice(is_merge=isinstance(work, ThreadMerge), is_erasure=isinstance(work, ThreadErasure))
    if actor is None or work is None:
        return told
    may = permissions.may_administer(actor) if told.is_erasure else permissions.may_moderate_in(actor, thread.board)
    told = told._replace(path=work.path if may else "")
    if not isinstance(work, ThreadMerge):
        return told
    other_id = work.into_id if work.source_id == thread.id else work.source_id
    seen = select(Thread).join(Thread.board).where(Thread.id == other_id, permissions.visible_threads(actor))
    return told._replace(other=session.scalars(seen).one_or_none())


Work = TypeVar("Work", ThreadMerge, ThreadSplit)


@dataclass(frozen=True)
class Progress(Generic[Work]):
    """How many posts of a merge or a split are where they will be, and the thread in which they are then.

    `source` is the thread from which posts were split, None for a merge.
    """

    work: Work
    source: Thread | None
    into: Thread | None
    done: int
    total: int

    @property
    def is_running(self) -> bool:
        """Whether posts are still being moved."""
        return bool(self.work.step)


def find_merge(actor: Member, entry_id: int) -> Progress[ThreadMerge]:
    """A merge that the actor began, or to a thread in a board that they moderate. Raises NotFound."""
    merge = session.get(ThreadMerge, entry_id)
    if merge is None:
        raise NotFound
    into = find_thread(actor, merge.into_id)
    _require_concerned(actor, entry_id, into)
    return of_merge(merge, into)


def find_split(actor: Member, entry_id: int) -> Progress[ThreadSplit]:
    """A split that the actor began, or of a thread in a board that they moderate. Raises NotFound."""
    split = session.get(ThreadSplit, entry_id)
    if split is None:
        raise NotFound
    source = find_thread(actor, split.source_id)
    _require_concerned(actor, entry_id, source)
    return of_split(actor, split, source)


def _require_concerned(actor: Member, entry_id: int, thread: Thread) -> None:
    began = session.get_one(LogEntry, entry_id).actor_id == actor.id
    if not began and not permissions.may_moderate_in(actor, thread.board):
        raise NotFound


def of_merge(merge: ThreadMerge, into: Thread) -> Progress[ThreadMerge]:
    """How far a merge is: all posts from the last place down to the cursor are there."""
    total = max(merge.last - merge.kept, 1)
    if not merge.step:
        return Progress(merge, None, into, total, total)
    moves = merge.step in {"posts", "reads", "watches", "end"} and merge.last
    return Progress(merge, None, into, min(merge.last + 1 - merge.cursor, total) if moves else 0, total)


def of_split(actor: Member, split: ThreadSplit, source: Thread) -> Progress[ThreadSplit]:
    """How far a split is: while posts move, all up to the cursor are where they will be."""
    total = split.last - split.kept
    seen = select(Thread).join(Thread.board).where(Thread.id == split.into_id, permissions.visible_threads(actor))
    into = session.scalars(seen).one_or_none()
    if not split.step:
        return Progress(split, source, into, total, total)
    done = {"posts": min(split.cursor - split.kept, total), "watches": total, "end": total}
    return Progress(split, source, into, done.get(split.step, 0), total)
