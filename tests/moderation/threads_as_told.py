"""What was written in long threads, and what there is of them afterwards, for the tests of merges and splits."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from sqlalchemy import func, select

from forum.archive.check import check, position_gaps
from forum.infra.database.db import session
from forum.models import Board, Member, Post, Thread, ThreadRead, Visibility

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
STATES = (Visibility.PUBLIC, Visibility.PUBLIC, Visibility.DELETED, Visibility.HELD, Visibility.REJECTED)
written = st.tuples(st.integers(0, 40), st.sampled_from(STATES), st.booleans())  # minute, state, never had a place
marks = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 40))  # up to where; a board, up to when


def in_turn(posts: list[tuple[int, Visibility, bool]]) -> list[tuple[int, Visibility, bool]]:
    minutes = sorted(minute for minute, *_ in posts)
    return [(minute, *more) for minute, (_, *more) in zip(minutes, posts, strict=True)]  # type: ignore[misc]


posts = st.lists(written, min_size=1, max_size=9)
some = st.one_of(posts.map(in_turn), posts)  # threads of archives may not be in the order of time


def told(story: Sequence[tuple[int, Visibility, bool]], board: Board, author: Member, name: str) -> Thread:
    """A thread as a story tells it; the first post is public."""
    moment = BEGAN + timedelta(minutes=story[0][0])
    facts = {"starter_id": author.id, "started_at": moment, "last_poster_id": author.id, "last_posted_at": moment}
    thread = Thread(board=board, title=f"Thread {name}", view_count=3, **facts)
    session.add(thread)
    session.flush()
    position = 0
    for number, (minute, state, never_public) in enumerate(story):
        visibility = state if number else Visibility.PUBLIC
        post = Post(thread_id=thread.id, author_id=author.id, source=f"{name}{number}", html="", markup_version=1)
        post.created_at, post.visibility, post.delete_reason = BEGAN + timedelta(minutes=minute), visibility, ""
        has_place = not (never_public and visibility in {Visibility.HELD, Visibility.REJECTED})
        position += has_place
        post.position = position if has_place else -(1000 * thread.id + number)
        session.add(post)
    session.flush()
    return thread


def highest(thread: Thread):  # type: ignore[no-untyped-def]
    return select(func.max(Post.position)).where(Post.thread_id == thread.id)


def state_of(into: Thread, readers: Sequence[Member]) -> dict[str, object]:
    """All that a merge decides about a thread and its boards."""
    session.expire_all()
    found = session.query(Post).filter_by(thread_id=into.id).order_by(Post.position).all()
    names = ("reply_count", "view_count", "last_position", "last_visible_position", "started_at", "last_posted_at")
    marks = session.query(ThreadRead).filter_by(thread_id=into.id)
    board = session.get_one(Board, into.board_id)
    positions = {mark.member_id: mark.position for mark in marks}
    return {
        "posts": [(post.source, post.position, post.visibility) for post in found if post.position > 0],
        "unplaced": sorted(post.source for post in found if post.position < 0),
        "marks": [positions.get(reader.id) for reader in readers],
        "board": (board.thread_count, board.post_count, board.last_thread_id == into.id),
        **{name: getattr(into, name) for name in names},
    }


def problems() -> list[str]:
    return [*map(str, check()), *position_gaps()]
