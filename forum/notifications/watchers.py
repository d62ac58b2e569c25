"""Tell those who watch a thread or board, or follow who starts a thread, of a new post: in a job, as they may be many.

Each transaction tells some members and stores how far it is, so that a killed process leaves nothing half done, and
two processes tell nobody twice. Posts are told of in their order.

What counts for a member is what they chose for the thread, else for its board, else for the nearest board above. Of
threads started by those whom they follow they are told unless they muted one of these. Nobody is told of what members
write whom they ignore.
"""

import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Insert, and_, bindparam, insert, literal, or_, select
from sqlalchemy.orm import joinedload, load_only, raiseload

from forum import permissions
from forum.infra.database.core_statements import execute_core, table_of
from forum.infra.database.db import on_sqlite, session, transaction
from forum.infra.database.in_list import in_list
from forum.models import (
    TELLING,
    BoardWatch,
    FollowedMember,
    Member,
    Notification,
    Post,
    PostTelling,
    Thread,
    ThreadRead,
    ThreadWatch,
    ToldOf,
    WatchLevel,
)
from forum.notifications.bulk import add_many, lock_members
from forum.notifications.choices import nearest_wanted
from forum.relations.queries import ignore_author
from forum.site.queries import pin_snapshot, snapshot, unpin_snapshot

READ_AT_ONCE = 2000  # watchers, before a transaction begins
TOLD_AT_ONCE = 250  # members, in a transaction: other writers wait for it
MAX_JOB_SECONDS = 8.0  # after which other jobs run
THREAD, BOARD, FOLLOWED = KINDS = ("watched_thread", "watched_board", "followed_member")  # of notifications


def note(post: Post) -> None:
    """Let a job tell those who watch the thread or the board of a new post, or follow who starts one, if any do."""
    values = {"post": post.id, "thread": post.thread_id, "author": post.author_id}
    execute_core(_noting(is_first=post.position == 1), **values, boards=_line_of(post.thread))


@cache
def _noting(*, is_first: bool) -> Insert:
    table, thread, board = table_of(PostTelling), table_of(ThreadWatch).c, table_of(BoardWatch).c
    others: BindParameter[int] = bindparam("author")
    tells = (thread.level.in_(TELLING), thread.member_id != others)
    watched = select(thread.member_id).where(thread.thread_id == bindparam("thread"), *tells).exists()
    in_line = (board.board_id.in_(bindparam("boards", expanding=True)), board.member_id != others)
    of_posts = () if is_first else (board.told_of == ToldOf.POSTS.value,)
    of_board = select(board.member_id).where(*in_line, board.level.in_(TELLING), *of_posts).exists()
    followed = table_of(FollowedMember).c
    of_author = select(followed.member_id).where(followed.followed_id == others).exists()
    causes = [watched, of_board, of_author] if is_first else [watched, of_board]
    is_noted = select(table.c.post_id).where(table.c.post_id == bindparam("post")).correlate(None).exists()
    row = select(bindparam("post", type_=table.c.post_id.type), literal(0)).where(or_(*causes), ~is_noted)
    return insert(table).from_select(["post_id", "told_to"], row)


def _line_of(thread: Thread) -> list[int]:
    """The board of a thread and those above it, the nearest first."""
    return [board.id for board in reversed(snapshot().tree.ancestors_of(thread.board_id))]


def tell_pending() -> None:
    """Tell of the posts of which nobody or not everybody was told, the oldest first; for a job."""
    end = time.monotonic() + MAX_JOB_SECONDS
    while time.monotonic() < end:
        post_id = session.scalar(select(PostTelling.post_id).order_by(PostTelling.post_id).limit(1))
        if post_id is None:
            break
        while time.monotonic() < end and _tell_some(post_id):
            pass
    session.rollback()


class _Recipients(NamedTuple):
    """Whom to tell, in the order of their ids, with the kind; all who might be told up to an id were looked at.

    Those in `mailed` are told by mail, too, if they take any.
    """

    kinds: Mapping[int, str]
    looked_to: int
    is_end: bool
    mailed: frozenset[int] = frozenset()


def _tell_some(post_id: int) -> bool:
    """Tell the next watchers of a post; whether more may be left."""
    session.rollback()
    telling = session.get(PostTelling, post_id, populate_existing=True)
    if telling is None:
        return False
    told_to = telling.told_to
    found = _recipients(post_id, told_to)
    ids = sorted(found.kinds)
    firsts = range(0, len(ids), TOLD_AT_ONCE) or [0]
    for first in firsts:
        part, is_last = ids[first : first + TOLD_AT_ONCE], first == firsts[-1]
        reached = found.looked_to if is_last else part[-1]
        began = time.monotonic()
        now_told = found._replace(
            kinds={each: found.kinds[each] for each in part}, looked_to=reached, is_end=is_last and found.is_end
        )
        if not _tell(post_id, told_to, now_told):
            return True  # another process has gone on
        told_to = reached
        if on_sqlite():
            time.sleep((time.monotonic() - began) / 4)  # other writers look for its lock only now and then
    return not found.is_end


def _tell(post_id: int, after: int, told: _Recipients) -> bool:
    """Tell some members in a transaction, and store that; False if another process has."""
    kinds = told.kinds
    with transaction():
        found = select(PostTelling).where(PostTelling.post_id == post_id).with_for_update()
        telling = session.scalars(found, execution_options={"populate_existing": True}).one_or_none()
        if telling is None or telling.told_to != after:
            return False
        post = _shown(post_id)
        if post is not None:
            lock_members(list(kinds))  # of all kinds at once, to prevent deadlocks
            for kind in KINDS:
                add_many(kind, post, [each for each in kinds if kinds[each] == kind], mailed=told.mailed)
        if post is None or told.is_end:
            session.delete(telling)
        else:
            telling.told_to = told.looked_to
    return True


def _shown(post_id: int) -> Post | None:
    """A post with its thread, if both are public."""
    wanted = select(Post).where(Post.id == post_id).options(joinedload(Post.thread).joinedload(Thread.board))
    post = session.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()
    return post if post is not None and post.is_public and post.thread.is_public else None


def _recipients(post_id: int, after: int) -> _Recipients:
    """The next members to tell of a post: read before a transaction begins, as writers need not wait for that."""
    post = _shown(post_id)
    if post is None:
        return _Recipients({}, after, is_end=True)
    chosen = _chosen(post, after)
    reached = chosen.looked_to if chosen.looked_to is not None else max([after, *chosen.levels, *chosen.followers])
    kind = THREAD if post.position > 1 else BOARD
    causes = {each: [kind] for each, level in chosen.levels.items() if level in TELLING}
    for each in chosen.followers:
        if chosen.levels.get(each) != WatchLevel.MUTED:
            causes.setdefault(each, []).append(FOLLOWED)
    wanted = {each: kinds for each, kinds in causes.items() if each <= reached and each != post.author_id}
    kinds = _who_may_be_told(post, wanted)
    mailed = frozenset(each for each in kinds if kinds[each] == FOLLOWED or chosen.levels.get(each) == WatchLevel.MAIL)
    return _Recipients(kinds, reached, chosen.looked_to is None, mailed)


class _Chosen(NamedTuple):
    """What counts for members of a post, and who follows its author; complete up to an id, None for all."""

    levels: Mapping[int, str]
    followers: Sequence[int]
    looked_to: int | None


def _chosen(post: Post, after: int) -> _Chosen:
    """What members chose for the thread or else its boards; those who chose a board for its threads only are OFF."""
    complete: list[int] = []

    def read(statement: Any, member_id: Any) -> Sequence[Any]:
        ordered = statement.where(member_id > after).order_by(member_id).limit(READ_AT_ONCE)
        rows = session.execute(ordered).all()
        if len(rows) == READ_AT_ONCE:
            complete.append(rows[-1].member_id)
        return rows

    threads = select(ThreadWatch.member_id, ThreadWatch.level).where(ThreadWatch.thread_id == post.thread_id)
    levels: dict[int, str] = {row.member_id: row.level for row in read(threads, ThreadWatch.member_id)}
    for board_id in _line_of(post.thread):
        boards = select(BoardWatch.member_id, BoardWatch.level, BoardWatch.told_of)
        for row in read(boards.where(BoardWatch.board_id == board_id), BoardWatch.member_id):
            is_told = post.position == 1 or row.told_of == ToldOf.POSTS or row.level not in TELLING
            levels.setdefault(row.member_id, row.level if is_told else WatchLevel.OFF)
    following = select(FollowedMember.member_id).where(FollowedMember.followed_id == post.author_id)
    followers = read(following, FollowedMember.member_id) if post.position == 1 else []
    return _Chosen(levels, [row.member_id for row in followers], min(complete, default=None))


def _who_may_be_told(post: Post, causes: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """The kind for those who can log in, see the post, want to be told, and neither were told nor have read it."""
    about = (Notification.subject_type == "post", Notification.subject_id == post.id)
    told = select(Notification.member_id).where(in_list(Notification.member_id, causes), *about)
    known = set(session.scalars(told.where(Notification.withdrawn_at.is_(None))))
    columns = (*Member.line(), *_COUNTED, Member.password_hash, Member.is_banned, Member.joined_groups)
    mark = and_(ThreadRead.member_id == Member.id, ThreadRead.thread_id == post.thread_id)
    has_read = select(ThreadRead.member_id).where(mark, ThreadRead.position >= post.position).exists()
    is_heard = (~has_read, ~ignore_author(literal(post.author_id)))
    wanted = select(Member).where(in_list(Member.id, [each for each in causes if each not in known]), *is_heard)
    readers = session.scalars(wanted.options(load_only(*columns), raiseload("*"))).all()
    pin_snapshot()  # which each verdict reads
    able = [each.id for each in readers if each.password_hash and permissions.may_see_post(each, post)]
    unpin_snapshot()
    return nearest_wanted({each: causes[each] for each in able})


# what groups depend on that members reach by themselves, and accounts that wait
_COUNTED = (Member.joined_at, Member.positive_reactions, Member.negative_reactions, Member.awaits_approval_at)
