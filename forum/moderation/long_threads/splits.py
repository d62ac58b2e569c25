"""Split posts off a thread, or begin to if they are too many to be moved at once; split_slices.py does that work."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select

from forum import page_versions, permissions
from forum.audit_log import record
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.text.messages import one_line
from forum.models import Member, Post, Thread, ThreadSplit
from forum.moderation.long_threads import merge_order
from forum.moderation.regrouping import choosing, followers, order, regroup, splitting
from forum.moderation.regrouping.choosing import Choice, Chosen
from forum.moderation.regrouping.order import TooMany
from forum.moderation.regrouping.splitting import Destination, split_posts

FIRST_STEP = "open"


class Preview(NamedTuple):
    """Which posts a split would move, and whether a job would do it."""

    number: int
    first: int
    last: int
    is_long: bool


def preview(thread: Thread, choice: Choice, to: Destination) -> Preview:
    """What a split would do. Raises Invalid at `post_ids`, `first` or `last`."""
    chosen = choosing.find(thread, choice)
    return Preview(chosen.number, chosen.first, chosen.last, _is_long(thread, chosen, to))


def _is_long(thread: Thread, chosen: Chosen, to: Destination) -> bool:
    if thread.last_position - chosen.first >= order.MAX_POSTS or followers.are_many(thread, to.into, to.board_id):
        return True
    moment = _oldest(thread, chosen) if to.into is not None else None
    if to.into is None or moment is None:
        return False
    return merge_order.follow(to.into, moment, more_than=order.MAX_POSTS - chosen.number)


def _oldest(thread: Thread, chosen: Chosen) -> datetime | None:
    between = Post.position.between(chosen.first, chosen.last)
    return session.scalar(select(func.min(Post.created_at)).where(Post.thread_id == thread.id, between))


def split_or_begin(actor: Member, thread: Thread, choice: Choice, to: Destination) -> Thread | ThreadSplit:
    """Split posts off at once, or begin to if too many get another place; the same split is begun once.

    Raises Invalid at `post_ids`, `first`, `last`, `title`, `board` or `into`, Forbidden, or Conflict.
    """
    known = {each.id: each for each in (thread, to.into) if each is not None}
    for thread_id in sorted(known):
        page_versions.lock_thread(known[thread_id])
    running = running_of(thread) if thread.is_being_merged else None
    if running is not None and _is_the_same(running, thread, to):
        permissions.require(permissions.may_moderate_in(actor, thread.board))
        return running
    regroup.lock(actor, list(known.values()), *([to.board.id] if to.board else []))
    chosen = choosing.find(thread, choice)
    if thread.last_position - chosen.first < order.MAX_POSTS:
        try:
            return split_posts(actor, thread, choosing.ids_of(thread, choice), to)
        except TooMany:
            pass
    return _begin(actor, thread, chosen, to)


def _begin(actor: Member, thread: Thread, chosen: Chosen, to: Destination) -> ThreadSplit:
    """Begin a split; the threads and boards are locked."""
    if to.into is not None and to.into.id == thread.id:
        raise Invalid({"into": [splitting.SAME_THREAD]})
    title = splitting.checked_destination(actor, to)
    _require_some_left(thread, chosen)
    entry = record("begin-split", actor=actor, target=f"thread:{thread.id}", name=thread.title, posts=chosen.number)
    session.flush()
    thread.is_being_merged = True
    split = ThreadSplit(entry_id=entry.id, source_id=thread.id, step=FIRST_STEP, cursor=0, planned=chosen.number)
    split.kept, split.last = chosen.first - 1, thread.last_position
    split.chosen = [list(span) for span in chosen.spans]
    split.unplaced, split.first_moves = chosen.unplaced, []
    split.title, split.board_id = title, to.board.id if to.board else thread.board_id
    if to.into is not None:
        to.into.is_being_merged = True
        split.title, split.board_id, split.target_id = to.into.title, to.into.board_id, to.into.id
    session.add(split)
    session.flush()
    return split


def _require_some_left(thread: Thread, chosen: Chosen) -> None:
    if not choosing.has_public(thread, chosen.spans):
        raise Invalid({"post_ids": [splitting.NONE_PUBLIC]})
    has_public_before = chosen.first - 1 > thread.base_post_count  # the first post of all is always public
    if not has_public_before and not choosing.has_public(thread, chosen.gaps(thread.last_position)):
        raise Invalid({"post_ids": [splitting.NONE_LEFT]})


def _is_the_same(running: ThreadSplit, thread: Thread, to: Destination) -> bool:
    """Whether a split that was begun is what is asked for again, such as by a second click."""
    if running.source_id != thread.id:
        return False
    return to.into.id == running.target_id if to.into is not None else one_line(to.title) == running.title


def running_of(thread: Thread) -> ThreadSplit | None:
    """The split that moves posts of a thread, or to it."""
    concerned = or_(
        *(each == thread.id for each in (ThreadSplit.source_id, ThreadSplit.into_id, ThreadSplit.target_id))
    )
    return session.scalars(select(ThreadSplit).where(ThreadSplit.step != "", concerned).limit(1)).one_or_none()
