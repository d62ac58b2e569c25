"""Delete a board with all its threads, in slices, in the job that also merges boards (merges.py).

From the beginning nobody writes in it any more, moderators neither, and no thread is moved into it; threads that a
moderator moves out of it stay. All counts are exact after each slice, and a job that was killed continues.
"""

import time
from typing import NamedTuple

from sqlalchemy import func, select

from forum import page_versions
from forum.admin.board_actions import require_deletable
from forum.admin.edit_conflicts import fingerprint
from forum.admin.removal import thread_removal
from forum.admin.rules import Administrator, authorize
from forum.audit_log import forget_targets, record
from forum.infra.database.db import session
from forum.infra.errors import Conflict
from forum.infra.text.messages import say
from forum.models import Board, BoardMerge, Post, Right, Thread
from forum.site import actions as site
from forum.threads import drafts

SLICE_THREADS = 25
MAX_POSTS_WITH_AUTHORS = 200_000  # posts of a board up to which its authors are counted: in about 0.2 s


class Content(NamedTuple):
    """How much is in a board, deleted threads and posts included; `members` is None if there are too many posts."""

    threads: int
    posts: int
    members: int | None

    @property
    def seen(self) -> str:
        """A short hash of it, by which a deletion says what its preview showed."""
        return fingerprint({"threads": self.threads, "posts": self.posts})


def content_of(board: Board) -> Content:
    """Count what a deletion would delete."""
    counts = select(func.count(), func.coalesce(func.sum(Thread.last_position), 0)).where(Thread.board_id == board.id)
    threads, posts = session.execute(counts).one()
    authors = select(func.count(Post.author_id.distinct())).join(Post.thread).where(Thread.board_id == board.id)
    return Content(threads, posts, session.scalar(authors) if posts <= MAX_POSTS_WITH_AUTHORS else None)


def start_deletion(actor: Administrator, board: Board, *, seen: str | None = None) -> None:
    """Begin to delete a board with all its threads; it cannot be undone.

    `seen` is that of the Content in the preview. Raises Conflict if more or less is in it now, if it contains other
    boards, or if it is part of a merge.
    """
    admin = authorize(actor, Right.MANAGE_BOARDS)
    site.lock()
    session.refresh(board, with_for_update=True)  # waits for those who are just starting a thread in it
    require_deletable(board)
    content = content_of(board)
    if seen is not None and seen != content.seen:
        raise Conflict(say("Something was written or deleted here meanwhile. Look at the numbers again."))
    session.add(BoardMerge(board_id=board.id, target_id=None, by_id=admin.id if admin else None))
    record(
        "delete-board-with-threads",
        actor=admin,
        target=f"board:{board.id}",
        name=board.title,
        threads=content.threads,
        posts=content.posts,
    )
    site.bump_version()


def remove_slice(board: Board, end: float) -> int:
    """Remove a board's next threads until the time limit; returns how many it found.

    All are locked first, as writers lock a thread before its board.
    """
    wanted = select(Thread).where(Thread.board_id == board.id).order_by(Thread.id).limit(SLICE_THREADS)
    threads = list(session.scalars(wanted.with_for_update(), execution_options={"populate_existing": True}))
    gone = list[str]()
    for thread in threads:
        if not thread_removal.remove_thread(thread, end, gone) or time.monotonic() >= end:
            break
    drafts.discard_all(gone)
    forget_targets(gone)
    page_versions.invalidate_removed_threads()
    return len(threads)
