"""Which threads and posts are on a page of a list, chosen by an index alone, and how many there are.

Each list has an index that holds all that choosing asks for (models/thread.py), in its order: pages that are skipped
cost a step in the index for each of their lines, and only the lines of the page itself are read. No board is sorted,
and nothing that can be added up from stored counts is counted.
"""

from functools import cache
from typing import Any

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

from forum.boards.recent_threads import BEGINNING, oldest_of_newest
from forum.infra.core_statements import without_index
from forum.infra.db import session
from forum.infra.paging import SIZE
from forum.models import Board, BoardRead, Post, Thread, ThreadRead
from forum.permissions import VisibilityScope, visible_boards
from forum.site.queries import snapshot

KEYS: dict[str, InstrumentedAttribute[Any]] = {
    "latest": Thread.last_posted_at,
    "new": Thread.started_at,
    "replies": Thread.reply_count,
    "views": Thread.view_count,
}
UNREAD_SCAN_THREADS = 2000  # the threads posted in last, in which a member's unread ones are looked for
ME = "me"
_OFFSET = bindparam("offset", type_=Integer())
_SIZE: ColumnElement[int] = literal_column(
    str(SIZE)
)  # said, not asked: else PostgreSQL plans for a tenth of all threads


@cache
def order(sort: str, *, pinned_first: bool = False) -> tuple[ColumnElement[Any], ...]:
    """The order of a list."""
    by_key = (KEYS[sort].desc(), Thread.id.desc())
    return (Thread.is_pinned.desc(), *by_key) if pinned_first else by_key


def boards_of(of: VisibilityScope) -> list[int]:
    """The ids of the boards that are seen: as a list, so that no database begins with all threads of each."""
    return [node.id for node in snapshot().tree.values() if node.visible_to in of.audiences]


def _alive(of: VisibilityScope) -> ColumnElement[bool]:
    return true() if of.sees_deleted else Thread.deleted_at.is_(None)


def _in_boards(of: VisibilityScope) -> ColumnElement[bool]:
    # SQLite would read every thread of each board and sort them
    return and_(without_index(Thread.board_id).in_(bindparam("boards", expanding=True)), _alive(of))


@cache
def page_of_ids(ids: Select[Any]) -> Select[Any]:
    """The page of some ids that begins at :offset."""
    return ids.limit(_SIZE).offset(_OFFSET)


@cache
def board_threads_pinned_first(of: VisibilityScope, sort: str) -> Select[Any]:
    """The ids of the threads of :board, pinned ones first."""
    ids = select(Thread.id).where(Thread.board_id == bindparam("board"), _alive(of))
    return ids.order_by(*order(sort, pinned_first=True))


@cache
def board_threads(of: VisibilityScope, sort: str) -> Select[Any]:
    """The ids of the threads of :board, pinned ones among the others: two walks along an index, as far as asked."""
    columns = (Thread.id, KEYS[sort].label("key"))
    here = select(*columns).where(Thread.board_id == bindparam("board"), _alive(of)).order_by(*order(sort))
    walks = [here.where(Thread.is_pinned.is_(pinned)).limit(_OFFSET + _SIZE).subquery() for pinned in (True, False)]
    both = union_all(*(select(walk.c.id, walk.c.key) for walk in walks)).subquery()
    return select(both.c.id).order_by(both.c.key.desc(), both.c.id.desc())


@cache
def all_threads(of: VisibilityScope, sort: str) -> Select[Any]:
    """The ids of the threads in :boards."""
    return select(Thread.id).where(_in_boards(of)).order_by(*order(sort))


@cache
def unread(of: VisibilityScope, sort: str, *, has_read_all: bool, in_one: bool) -> Select[Any]:
    """The ids of the threads that :me has not read, among the UNREAD_AMONG posted in last.

    They are those in :boards, or in :board if it is but one; since :read_all_at if that is known.
    """
    me: BindParameter[int] = bindparam(ME)
    place = and_(Thread.board_id == bindparam("board"), _alive(of)) if in_one else _in_boards(of)
    wanted = [place, is_unread(), Thread.last_posted_at >= oldest_of_newest(UNREAD_SCAN_THREADS)]
    if has_read_all:
        wanted.append(Thread.last_posted_at > bindparam("read_all_at"))
    read = and_(ThreadRead.thread_id == Thread.id, ThreadRead.member_id == me)
    marked = and_(BoardRead.board_id == Thread.board_id, BoardRead.member_id == me)
    ids = select(Thread.id, KEYS[sort].label("key")).outerjoin(ThreadRead, read).outerjoin(BoardRead, marked)
    ids = ids.where(*wanted).order_by(*order("latest"))
    if sort == "latest":
        return ids.with_only_columns(Thread.id, maintain_column_froms=True)
    few = ids.limit(UNREAD_SCAN_THREADS).subquery()
    return select(few.c.id).order_by(few.c.key.desc(), few.c.id.desc())


def is_unread() -> ColumnElement[bool]:
    """Over Thread joined to the member's ThreadRead and BoardRead: visible posts came since both."""
    fresh = or_(BoardRead.read_at.is_(None), Thread.last_posted_at > BoardRead.read_at)
    return and_(fresh, or_(ThreadRead.position.is_(None), Thread.last_visible_position > ThreadRead.position))


@cache
def started_by(of: VisibilityScope) -> Select[Any]:
    """The ids of the threads in :boards that :member started, the newest first."""
    return select(Thread.id).where(Thread.starter_id == bindparam("member"), _in_boards(of)).order_by(*order("new"))


@cache
def written_by(of: VisibilityScope) -> Select[Any]:
    """The ids of the posts in :boards that :member wrote, the newest first."""
    shown = true() if of.sees_deleted else Post.deleted_at.is_(None)
    ids = select(Post.id).join(Thread, Thread.id == Post.thread_id)
    ids = ids.where(Post.author_id == bindparam("member"), shown, _in_boards(of))
    return ids.order_by(Post.created_at.desc(), Post.id.desc())


def thread_count(of: VisibilityScope, board: Board | None, *, most: int) -> int:
    """How many threads there are in a board, or in all that are seen: as boards count, and for staff the deleted."""
    counted = board.thread_count if board else session.scalar(_counted(of)) or 0
    if not of.sees_deleted or counted >= most:
        return min(counted, most)
    boards = [board.id] if board else boards_of(of)
    return min(counted + (session.scalar(_deleted(), {"boards": boards, "most": most}) or 0), most)


@cache
def _counted(of: VisibilityScope) -> Select[Any]:
    return select(func.sum(Board.thread_count)).where(visible_boards(of))


@cache
def _deleted() -> Select[Any]:
    # "later than the beginning" says the same as "not NULL", and SQLite finds the index by it
    there = and_(Thread.board_id.in_(bindparam("boards", expanding=True)), Thread.deleted_at > BEGINNING)
    ids = select(Thread.id).where(there).limit(bindparam("most", type_=Integer())).subquery()
    return select(func.count()).select_from(ids)
