"""The only writer of the counters that threads and boards store.

A post counts for its board and its author while it and its thread are public; a reaction counts for the post's
author under the same condition. When a thread is deleted or restored, its authors' counters follow later
(delete_backfill.py). Every function runs a few SQL updates relative to the stored values, so that concurrent updates
add up.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select, update

from forum.infra.database.core_statements import RowUpdate, expire
from forum.infra.database.db import UtcDateTime, session
from forum.infra.database.in_list import in_list
from forum.members import counters as member_counters
from forum.models import Board, Post, Reaction, ReactionKind, Thread

# replies are frequent, so their statements are built once
_THREAD, _BOARD = Thread.__table__.c, Board.__table__.c
_count_in_thread = RowUpdate(
    Thread,
    reply_count=_THREAD.reply_count + bindparam("replies"),
    last_position=bindparam("position"),
    last_visible_position=bindparam("position"),
    last_post_id=bindparam("post"),
    last_poster_id=bindparam("poster"),
    last_posted_at=bindparam("moment"),
    version=_THREAD.version + 1,
)
LAST_POST = ("last_post_id", "last_poster_id", "last_posted_at", "last_visible_position")
_recount_thread = RowUpdate(
    Thread,
    reply_count=_THREAD.reply_count + bindparam("replies"),
    last_post_id=bindparam("post"),
    last_poster_id=bindparam("poster"),
    last_posted_at=bindparam("moment"),
    last_visible_position=bindparam("position"),
    version=_THREAD.version + 1,
)
# of two concurrent replies in a board, the later one may commit first: the older one must not replace it
_IS_NEWEST = func.coalesce(_BOARD.last_posted_at <= bindparam("moment", type_=UtcDateTime()), True)
_count_in_board = RowUpdate(
    Board,
    thread_count=_BOARD.thread_count + bindparam("threads"),
    post_count=_BOARD.post_count + 1,
    last_thread_id=case((_IS_NEWEST, bindparam("newest")), else_=_BOARD.last_thread_id),
    last_posted_at=case((_IS_NEWEST, bindparam("moment", type_=UtcDateTime())), else_=_BOARD.last_posted_at),
    version=_BOARD.version + 1,
)


def count_post(post: Post) -> None:
    """Count a new post, at the next position of a thread that the caller has locked."""
    thread, is_reply = post.thread, post.position > 1
    is_earlier = post.created_at < thread.last_posted_at  # the last post was written by a clock far ahead
    newest = {"post": post.id, "poster": post.author_id, "moment": post.created_at}
    board_id = thread.board_id
    _count_in_thread(thread.id, replies=int(is_reply), position=post.position, **newest)
    if not thread.is_public:
        if member_counters.is_counted(post):  # its authors' counters do not follow the deletion yet
            member_counters.count_message(post.author_id, 1)
        return
    _count_in_board(board_id, threads=int(not is_reply), newest=thread.id, moment=post.created_at)
    if is_earlier:
        find_last_thread(board_id)
    member_counters.count_message(post.author_id, 1)


def count_deletion(post: Post, *, sign: int) -> None:
    """Count a post as deleted (sign −1) or restored (+1); in a thread that is not public, the board's counters stay.

    Members are counted after boards, as in `count_post`, so that writers lock rows in one order.
    """
    _change(Thread, Thread.id == post.thread_id, reply_count=Thread.reply_count + sign)
    find_last_post(post.thread)
    if post.thread.is_public:
        board_id = select(Thread.board_id).where(Thread.id == post.thread_id).scalar_subquery()
        _change(Board, Board.id == board_id, post_count=Board.post_count + sign)
        find_last_thread(post.thread.board_id)
    if member_counters.is_counted(post):
        member_counters.count_message(post.author_id, sign)
        _count_reactions_on(post.author_id, [post.id], sign=sign)


class PlacedPost(NamedTuple):
    """A post at its place."""

    id: int
    thread_id: int
    position: int


def count_deletions(threads: Mapping[int, Thread], author_id: int, posts: Sequence[PlacedPost], *, sign: int) -> None:
    """Like `count_deletion`, for posts of one author in several threads, which are given by id and locked."""
    by_thread = Counter(post.thread_id for post in posts)
    _count_replies({thread_id: sign * number for thread_id, number in by_thread.items()})
    by_board = Counter(threads[post.thread_id].board_id for post in posts if threads[post.thread_id].is_public)
    for board_id in sorted(by_board):
        _change(Board, Board.id == board_id, post_count=Board.post_count + sign * by_board[board_id])
        find_last_thread(board_id)
    first = member_counters.first_counted([threads[thread_id] for thread_id in by_thread])
    counted = [post.id for post in posts if post.position >= first[post.thread_id]]
    if counted:
        member_counters.count_message(author_id, sign * len(counted))
        _count_reactions_on(author_id, counted, sign=sign)


def _count_replies(by_thread: Mapping[int, int]) -> None:
    """Add replies to the counts of threads, and recompute their last visible posts."""
    last = select(Post.position).where(Post.thread_id == Thread.id, Post.is_public)
    position = last.order_by(Post.position.desc()).limit(1).correlate(Thread).scalar_subquery()
    newest = and_(Post.thread_id == Thread.id, Post.position == position)
    found = select(Thread, Post.id, Post.author_id, Post.created_at, Post.position).outerjoin(Post, newest)
    changes = []
    for thread, *values in session.execute(found.where(in_list(Thread.id, by_thread))).all():
        names = ("post", "poster", "moment", "position")
        facts = values if values[0] is not None else _last_before_posts(thread)
        changes.append({"row_id": thread.id, "replies": by_thread[thread.id], **dict(zip(names, facts, strict=True))})
    session.connection().execute(_recount_thread.statement, sorted(changes, key=itemgetter("row_id")))
    for thread_id in by_thread:
        expire(Thread, thread_id, "reply_count", *LAST_POST, "version")


def _last_before_posts(thread: Thread) -> tuple[int | None, int, datetime, int]:
    """What a thread shows as its last post while it has no visible one."""
    return (
        None,
        thread.base_last_poster_id or thread.starter_id,
        thread.base_last_posted_at or thread.started_at,
        thread.base_post_count,
    )


def change_author(post: Post, author_id: int) -> None:
    """Make a post that of another author, with what counts for its author; the caller has locked the thread."""
    is_counted = post.is_public and member_counters.is_counted(post)
    for author, sign in ((post.author_id, -1), (author_id, 1)):
        post.author_id = author
        if is_counted:
            member_counters.count_message(author, sign)
            _count_reactions_on(author, [post.id], sign=sign)
    session.flush()
    find_last_post(post.thread)


def count_in_board(thread: Thread, board_id: int, *, sign: int) -> None:
    """Add a thread and its posts to a board's counters (+1), or subtract them (−1)."""
    _change(
        Board,
        Board.id == board_id,
        thread_count=Board.thread_count + sign,
        post_count=Board.post_count + sign * (thread.reply_count + 1),
    )
    find_last_thread(board_id)


def count_threads_moved(threads: Sequence[Thread], origin_id: int, destination_id: int) -> None:
    """Count threads, which the caller has locked and moved, in the other board."""
    visible = [thread for thread in threads if thread.is_public]
    posts = sum(thread.reply_count + 1 for thread in visible)
    for board_id, sign in ((origin_id, -1), (destination_id, 1)):
        counts = {
            "thread_count": Board.thread_count + sign * len(visible),
            "post_count": Board.post_count + sign * posts,
        }
        _change(Board, Board.id == board_id, **counts)
        find_last_thread(board_id)


def count_regrouped(thread: Thread, *, posts: int, last_position: int) -> None:
    """Count public posts that a thread got from others, or lost if negative, and begin a new generation."""
    values = {
        "reply_count": Thread.reply_count + posts,
        "last_position": last_position,
        "generation": Thread.generation + 1,
    }
    _change(Thread, Thread.id == thread.id, **values)
    find_last_post(thread)


def count_in_boards(threads: Mapping[int, int], posts: Mapping[int, int]) -> None:
    """Add threads and posts to the counters of boards, which the caller has locked, and find their latest threads."""
    for board_id in sorted({*threads, *posts}):
        values = {
            "thread_count": Board.thread_count + threads.get(board_id, 0),
            "post_count": Board.post_count + posts.get(board_id, 0),
        }
        _change(Board, Board.id == board_id, **values)
        find_last_thread(board_id)


def count_posts_removed(thread: Thread, first: int) -> None:
    """Count the removal of all posts of a deleted thread from position `first` on; some posts must be left."""
    left = select(func.count()).where(Post.thread_id == thread.id, Post.is_public).scalar_subquery()
    values = {"reply_count": Thread.base_post_count + left - 1, "last_position": first - 1}
    _change(Thread, Thread.id == thread.id, **values)
    find_last_post(thread)


def find_last_post(thread: Thread) -> None:
    """Recompute a thread's last visible post after a post was deleted or restored."""
    newest = session.execute(
        select(Post.id, Post.author_id, Post.created_at, Post.position)
        .where(Post.thread_id == thread.id, Post.is_public)
        .order_by(Post.position.desc())
        .limit(1)
    ).first()
    last = newest or _last_before_posts(thread)
    _change(Thread, Thread.id == thread.id, **dict(zip(LAST_POST, last, strict=True)))


def find_last_thread(board_id: int) -> None:
    """Recompute a board's latest thread after a thread was deleted or moved, or lost its last post."""
    newest = session.execute(
        select(Thread.id, Thread.last_posted_at)
        .where(Thread.board_id == board_id, Thread.is_public)
        .order_by(Thread.last_posted_at.desc(), Thread.id.desc())
        .limit(1)
    ).first()
    last_id, last_at = newest or (None, None)
    _change(Board, Board.id == board_id, last_thread_id=last_id, last_posted_at=last_at)


def _count_reactions_on(author_id: int, post_ids: Sequence[int], *, sign: int) -> None:
    scores = (
        select(ReactionKind.score, func.count())
        .select_from(Reaction)
        .join(ReactionKind, ReactionKind.id == Reaction.kind_id)
        .where(in_list(Reaction.post_id, post_ids), ReactionKind.score != 0)
        .group_by(ReactionKind.score)
    )
    for score, number in session.execute(scores).all():
        member_counters.count_reaction(author_id, score, sign * number)


def _change(model: type[Thread | Board], which: ColumnElement[bool], **values: object) -> None:
    session.execute(update(model).where(which).values(version=model.version + 1, **values))
