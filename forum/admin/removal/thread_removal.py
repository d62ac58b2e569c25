"""Remove the rows of threads, in slices.

A thread is first deleted as a moderator deletes it, so that counts and index follow (threads/delete_backfill.py), and
then its rows are removed, the last posts first.
"""

import time
from collections.abc import Callable, Sequence

from sqlalchemy import delete, select

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.members.bans.thread_bans import end_bans_from
from forum.models import DeleteBackfill, Notification, Post, Thread, ThreadRead, ThreadWatch
from forum.notifications import actions as notifications
from forum.search.index import actions as search
from forum.threads import counters, delete_backfill
from forum.threads.approval import unpublished

SLICE_POSTS, FOLLOWERS_AT_ONCE = 50, 250
MAX_FOLLOWERS = 2000  # of a thread that is removed in one request


def remove_thread(
    thread: Thread, end: float, gone: list[str], *, forget: Callable[[Sequence[int]], None] = lambda _: None
) -> bool:
    """Remove a thread, or as many of its last posts as the time limit allows; whether it is gone.

    `forget` removes what else is stored about posts, before they are removed themselves.
    """
    if not _is_settled(thread) or not _forget_followers(thread, end):
        return False
    while posts := _never_public(thread):
        forget([post_id for post_id, _ in posts])
        _remove_posts(posts, gone)
        if time.monotonic() >= end:
            return False
    while len(posts := _last_posts(thread)) > SLICE_POSTS:
        if not _forget_told(posts[:SLICE_POSTS], end):
            return False
        forget([post_id for post_id, _ in posts[:SLICE_POSTS]])
        first = _remove_posts(posts[:SLICE_POSTS], gone)
        counters.count_posts_removed(thread, first)
        if time.monotonic() >= end:
            return False
    if not _forget_told(posts, end):
        return False
    forget([post_id for post_id, _ in posts])
    _remove_posts(posts, gone)
    end_bans_from(thread.id)
    session.execute(delete(Thread).where(Thread.id == thread.id))
    gone.append(f"thread:{thread.id}")
    return True


def _is_settled(thread: Thread) -> bool:
    """Delete a thread as a moderator does; whether its counts have followed. Not while it is being merged or split."""
    if thread.is_being_merged and thread.is_public:
        return False
    if thread.is_public:
        thread.mark_deleted(clock.now(), None)
        session.flush()
        counters.count_in_board(thread, thread.board_id, sign=-1)
        search.index_thread(thread.id)
        delete_backfill.start(thread)
    elif session.get(DeleteBackfill, thread.id) is not None:
        delete_backfill.continue_backfill(thread.id)
    return session.get(DeleteBackfill, thread.id) is None


def _forget_followers(thread: Thread, end: float) -> bool:
    """Forget who watches and has read a thread, some members at a time until the time limit; whether all are."""
    for model in (ThreadWatch, ThreadRead):
        theirs = select(model.member_id).where(model.thread_id == thread.id).order_by(model.member_id)
        while members := session.scalars(theirs.limit(FOLLOWERS_AT_ONCE)).all():
            some = (model.thread_id == thread.id, in_list(model.member_id, members))
            session.execute(delete(model).where(*some).execution_options(synchronize_session=False))
            if len(members) < FOLLOWERS_AT_ONCE:
                break
            if time.monotonic() >= end:
                return False
    return True


def _forget_told(posts: Sequence[tuple[int, int]], end: float) -> bool:
    """Forget who was told of posts, some notifications at a time until the time limit; whether few are left."""
    told = select(Notification.id).where(Notification.post_id.in_([post_id for post_id, _ in posts]))
    while len(ids := session.scalars(told.limit(FOLLOWERS_AT_ONCE)).all()) == FOLLOWERS_AT_ONCE:
        notifications.forget(in_list(Notification.id, ids))
        if time.monotonic() >= end:
            return False
    return True


def follow_many(thread: Thread) -> bool:
    """Whether so many members follow a thread, or were told of its posts, that it is removed by a job."""
    told = select(Notification.id).join(Post, Post.id == Notification.post_id).where(Post.thread_id == thread.id)
    of_thread = [select(model.member_id).where(model.thread_id == thread.id) for model in (ThreadWatch, ThreadRead)]
    return any(session.scalar(each.offset(MAX_FOLLOWERS).limit(1)) is not None for each in (*of_thread, told))


def _never_public(thread: Thread) -> list[tuple[int, int]]:
    """A slice of the posts that were never public: they are in no count."""
    posts = select(Post.id, Post.position).where(Post.thread_id == thread.id, unpublished.HAS_NO_PLACE)
    return [(row.id, row.position) for row in session.execute(posts.limit(SLICE_POSTS))]


def _last_posts(thread: Thread) -> list[tuple[int, int]]:
    """The ids and positions of one post more than a slice, so that the thread is never left without any."""
    last = select(Post.id, Post.position).where(Post.thread_id == thread.id).order_by(Post.position.desc())
    return [(row.id, row.position) for row in session.execute(last.limit(SLICE_POSTS + 1))]


def _remove_posts(posts: Sequence[tuple[int, int]], gone: list[str]) -> int:
    """Remove posts of a deleted thread, with reactions, revisions and notifications; returns the lowest position."""
    ids = [post_id for post_id, _ in posts]
    notifications.forget(Notification.post_id.in_(ids))
    notifications.forget_subjects(f"post:{post_id}" for post_id in ids)
    session.execute(delete(Post).where(Post.id.in_(ids)).execution_options(synchronize_session=False))
    gone.extend(f"post:{post_id}" for post_id in ids)
    return min((position for _, position in posts), default=0)
