"""Selects the threads and posts on a page of a list with index-only scans, and counts lists.

Each list has a covering index in its order (models/discussion/thread.py): skipped pages cost one index step per row,
and only the rows of the page itself are read. No board is sorted, and totals are summed from stored counters where
possible.
"""

from collections.abc import Collection
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from forum.boards.unread import ME, UNREAD_SCAN_THREADS, unread_threads
from forum.infra.database.core_statements import without_index
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.paging import SIZE
from forum.models import TELLING, Board, MovedThread, Post, Thread, ThreadWatch
from forum.models.discussion.thread import IS_PINNED_EVERYWHERE
from forum.site.access import AccessScope

KEYS: dict[str, InstrumentedAttribute[Any]] = {
    "latest": Thread.last_posted_at,
    "new": Thread.started_at,
    "replies": Thread.reply_count,
    "views": Thread.view_count,
}
_ME: BindParameter[int] = bindparam(ME)
_OFFSET = bindparam("offset", type_=Integer())
# a literal, not a bind parameter: otherwise PostgreSQL estimates 10 % of all threads
_SIZE: ColumnElement[int] = literal_column(str(SIZE))


@cache
def order(sort: str, *, pinned_first: bool = False) -> tuple[ColumnElement[Any], ...]:
    """The ORDER BY columns of a list."""
    by_key = (KEYS[sort].desc(), Thread.id.desc())
    return (Thread.is_pinned.desc(), *by_key) if pinned_first else by_key


Hidden = Literal["none", "all", "some"]  # whether a list shows what is not public: that in :moderated for "some"


def hidden_in(scope: AccessScope, board: Board | None = None) -> Hidden:
    """Whether a list shows a reader what is not public, in a board or in all boards together."""
    if board is not None:
        return "all" if board.id in scope.moderate else "none"
    if scope.moderates_all:
        return "all"
    return "some" if scope.moderate else "none"


def board_values(scope: AccessScope, reader: int) -> dict[str, list[int] | int]:
    """The parameters of lists over all boards: visible ones, moderated ones, and those with own threads only."""
    values: dict[str, list[int] | int] = {"boards": sorted(scope.see), "moderated": sorted(scope.moderate)}
    return values | {"own": sorted(scope.own_only), "reader": reader} if scope.own_only else values


def _shown(hidden: Hidden, model: type[Thread | Post] = Thread, *or_own: ColumnElement[bool]) -> ColumnElement[bool]:
    """Like permissions.visible_…, with parameters; what only its author sees is in the lists of their own."""
    if hidden == "all":
        return true()
    moderated = [without_index(Thread.board_id).in_(bindparam("moderated", expanding=True))] if hidden == "some" else []
    return or_(model.is_public, *moderated, *(and_(~model.is_deleted, own) for own in or_own))


def _in_boards(hidden: Hidden, *or_own: ColumnElement[bool]) -> ColumnElement[bool]:
    # with the index, SQLite would read every thread of each board and sort them
    return and_(
        without_index(Thread.board_id).in_(bindparam("boards", expanding=True)), _shown(hidden, Thread, *or_own)
    )


def own_where_required(scope: AccessScope, ids: Select[Any]) -> Select[Any]:
    """The ids without threads that others started in boards where the reader sees only their own."""
    return _without_others(ids) if scope.own_only else ids


@cache
def _without_others(ids: Select[Any]) -> Select[Any]:
    return ids.where(_is_own_where_required())


def _is_own_where_required() -> ColumnElement[bool]:
    elsewhere = without_index(Thread.board_id).not_in(bindparam("own", expanding=True))
    return or_(elsewhere, Thread.starter_id == bindparam("reader"))


@cache
def with_others(ids: Select[Any], *, in_board: bool) -> Select[Any]:
    """The ids, with those of threads pinned everywhere, and with `in_board` of those moved from :board until :now."""
    page = ids.subquery()
    is_everywhere: ColumnElement[bool] = literal_column(f"thread.{IS_PINNED_EVERYWHERE}")
    parts = [select(page.c.id), select(Thread.id).where(is_everywhere, Thread.is_public)]
    if in_board:
        is_shown = or_(MovedThread.shown_until.is_(None), MovedThread.shown_until > bindparam("now"))
        is_elsewhere = and_(without_index(Thread.board_id) != bindparam("board"), Thread.is_public)
        rows = select(MovedThread.thread_id).join(Thread, and_(Thread.id == MovedThread.thread_id, is_elsewhere))
        rows = rows.where(MovedThread.board_id == bindparam("board"), is_shown)
        newest = rows.order_by(MovedThread.moved_at.desc(), MovedThread.thread_id.desc()).limit(_SIZE).subquery()
        parts.append(select(newest.c.thread_id))
    return select(union_all(*parts).subquery().c.id)


@cache
def page_of_ids(ids: Select[Any]) -> Select[Any]:
    """One page of the ids, from :offset."""
    return ids.limit(_SIZE).offset(_OFFSET)


@cache
def board_threads_pinned_first(hidden: Hidden, sort: str) -> Select[Any]:
    """The ids of the threads of :board, pinned ones first."""
    ids = select(Thread.id).where(Thread.board_id == bindparam("board"), _shown(hidden))
    return ids.order_by(*order(sort, pinned_first=True))


@cache
def own_in_board(sort: str, *, pinned_first: bool) -> Select[Any]:
    """The ids of the threads of :board that :reader started."""
    ids = select(Thread.id).where(Thread.board_id == bindparam("board"), Thread.starter_id == bindparam("reader"))
    return ids.where(_shown("none")).order_by(*order(sort, pinned_first=pinned_first))


@cache
def board_threads(hidden: Hidden, sort: str) -> Select[Any]:
    """The ids of the threads of :board with pinned ones in normal order: merges two index scans up to the page."""
    columns = (Thread.id, KEYS[sort].label("key"))
    here = select(*columns).where(Thread.board_id == bindparam("board"), _shown(hidden)).order_by(*order(sort))
    walks = [here.where(Thread.is_pinned.is_(pinned)).limit(_OFFSET + _SIZE).subquery() for pinned in (True, False)]
    both = union_all(*(select(walk.c.id, walk.c.key) for walk in walks)).subquery()
    return select(both.c.id).order_by(both.c.key.desc(), both.c.id.desc())


@cache
def all_threads(hidden: Hidden, sort: str) -> Select[Any]:
    """The ids of the threads in :boards."""
    return select(Thread.id).where(_in_boards(hidden)).order_by(*order(sort))


@cache
def unread(hidden: Hidden, sort: str, *, has_read_all: bool, in_one: bool, own: bool = False) -> Select[Any]:
    """The ids of the threads that :me has not read, among the UNREAD_SCAN_THREADS most recently active.

    Restricted to :boards, or to :board with `in_one`; to posts since :read_all_at with `has_read_all`; and with `own`
    to threads that :reader started in the boards :own.
    """
    condition = and_(Thread.board_id == bindparam("board"), _shown(hidden)) if in_one else _in_boards(hidden)
    condition = and_(condition, _is_own_where_required()) if own else condition
    ids = unread_threads(Thread.id, KEYS[sort].label("key"), where=condition, has_read_all=has_read_all)
    if sort == "latest":
        return ids.with_only_columns(Thread.id, maintain_column_froms=True)
    few = ids.limit(UNREAD_SCAN_THREADS).subquery()
    return select(few.c.id).order_by(few.c.key.desc(), few.c.id.desc())


PARTICIPATED_POSTS = 5000  # the newest of a member, in whose threads they took part
Narrowed = Literal["watched", "participated"]


@cache
def narrowed(ids: Select[Any], to: Narrowed) -> Select[Any]:
    """Of the ids those of threads that :me watches by a choice of their own, or has written in."""
    if to == "watched":
        mine = select(ThreadWatch.thread_id).where(ThreadWatch.member_id == _ME, ThreadWatch.level.in_(TELLING))
        return ids.where(ids.selected_columns[0].in_(mine))
    written = select(Post.thread_id).where(Post.author_id == _ME, Post.is_public)
    newest = written.order_by(Post.created_at.desc(), Post.id.desc()).limit(PARTICIPATED_POSTS).subquery()
    return ids.where(ids.selected_columns[0].in_(select(newest.c.thread_id)))


@cache
def few_threads(hidden: Hidden, sort: str, *, in_one: bool, own: bool) -> Select[Any]:
    """The ids of threads in :boards, or in :board with `in_one`, for a condition that leaves few: all are sorted."""
    condition = and_(Thread.board_id == bindparam("board"), _shown(hidden)) if in_one else _in_boards(hidden)
    condition = and_(condition, _is_own_where_required()) if own else condition
    # with an index in this order, SQLite would read the whole forum to find the few
    return select(Thread.id).where(condition).order_by(without_index(KEYS[sort]).desc(), Thread.id.desc())


@cache
def without_muted(ids: Select[Any]) -> Select[Any]:
    """The ids without those :muted."""
    return ids.where(without_index(Thread.id).not_in(bindparam("muted", expanding=True)))


def muted_count(scope: AccessScope, muted: Collection[int]) -> int:
    """How many of some muted threads `thread_count` has counted."""
    hidden = or_(Thread.is_public, Thread.board_id.in_(sorted(scope.moderate)))
    counted = (in_list(Thread.id, muted), Thread.board_id.in_(sorted(scope.shared)), hidden)
    return session.scalar(select(func.count()).select_from(Thread).where(*counted)) or 0


@cache
def started_by(hidden: Hidden, *, to_self: bool = False) -> Select[Any]:
    """The ids of the threads in :boards that :member started, newest first; `to_self`: as they see them."""
    is_theirs = Thread.starter_id == bindparam("member")
    own = [true()] if to_self else []
    return select(Thread.id).where(is_theirs, _in_boards(hidden, *own)).order_by(*order("new"))


@cache
def written_by(hidden: Hidden, *, to_self: bool = False) -> Select[Any]:
    """The ids of the posts in :boards that :member wrote, newest first; `to_self`: as they see them."""
    me: BindParameter[int] = bindparam("member")
    own = ([true()], [Thread.starter_id == me]) if to_self else ([], [])
    ids = select(Post.id).join(Thread, Thread.id == Post.thread_id)
    ids = ids.where(Post.author_id == me, _shown(hidden, Post, *own[0]), _in_boards(hidden, *own[1]))
    return ids.order_by(Post.created_at.desc(), Post.id.desc())


def thread_count(scope: AccessScope, board: Board | None, *, most: int, reader: int = 0) -> int:
    """The number of threads in a board or in all visible boards, up to `most`, from stored counters.

    Threads that are not public are counted and added for those who moderate, and the reader's own where they see no
    others.
    """
    counted = board.thread_count if board else _counted_everywhere(scope, reader)
    boards = sorted(scope.moderate & {board.id} if board else scope.moderate & scope.see)
    if not boards or counted >= most:
        return min(counted, most)
    return min(counted + (session.scalar(_hidden(), {"boards": boards, "most": most}) or 0), most)


def _counted_everywhere(scope: AccessScope, reader: int) -> int:
    counted = session.scalar(_counted(), {"boards": sorted(scope.shared)}) or 0
    if not scope.own_only or not reader:
        return counted
    own = (Thread.board_id.in_(sorted(scope.own_only)), Thread.starter_id == reader)
    return counted + (session.scalar(select(func.count()).select_from(Thread).where(*own, _shown("none"))) or 0)


@cache
def _counted() -> Select[Any]:
    return select(func.sum(Board.thread_count)).where(Board.id.in_(bindparam("boards", expanding=True)))


@cache
def _hidden() -> Select[Any]:
    is_hidden = and_(Thread.board_id.in_(bindparam("boards", expanding=True)), ~Thread.is_public)
    ids = select(Thread.id).where(is_hidden).limit(bindparam("most", type_=Integer())).subquery()
    return select(func.count()).select_from(ids)
