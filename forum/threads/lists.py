"""Lists of threads and posts, a page at a time, with what the reader has not read."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from forum import permissions
from forum.base.db import session
from forum.base.errors import NotFound
from forum.base.paging import SIZE, Page
from forum.models import Board, BoardRead, Member, Post, Thread, ThreadRead
from forum.permissions import Standing
from forum.threads.queries import seen_threads

SORTS: dict[str, tuple[ColumnElement[Any], ColumnElement[Any]]] = {
    "latest": (Thread.last_posted_at.desc(), Thread.id.desc()),
    "new": (Thread.started_at.desc(), Thread.id.desc()),
    "replies": (Thread.reply_count.desc(), Thread.id.desc()),
    "views": (Thread.view_count.desc(), Thread.id.desc()),
}
ME = "me"
LIST_PAGES = 500  # how deep lists of threads can be paged; older ones are found by search and by board


@dataclass(frozen=True)
class ThreadRow:
    """A thread in a list, with how far the reader got."""

    thread: Thread
    is_unread: bool = False
    read_position: int | None = None

    @property
    def first_unread_path(self) -> str:
        """Where the reader goes on."""
        return f"{self.thread.path}/unread" if self.is_unread else self.thread.path


def threads_in_board(
    actor: Member | None, board: Board, *, number: int, sort: str = "latest"
) -> tuple[list[ThreadRow], Page]:
    """A page of a board's threads, pinned ones first."""
    page = Page(number, board.thread_count if not permissions.sees_deleted(actor) else _count_all(board))
    _check_depth(page)
    statement = _in_board(permissions.standing(actor), sort, to_member=actor is not None)
    return _rows(actor, statement, board_id=board.id, offset=page.offset, size=page.size), page


@cache
def _in_board(of: Standing, sort: str, *, to_member: bool) -> Select[Any]:
    statement = seen_threads(of).where(Thread.board_id == bindparam("board_id"))
    statement = statement.order_by(Thread.is_pinned.desc(), *SORTS[sort])
    statement = statement.offset(bindparam("offset", type_=Integer())).limit(bindparam("size", type_=Integer()))
    return _with_marks(statement) if to_member else statement


def _count_all(board: Board) -> int:
    return session.scalar(select(func.count()).where(Thread.board_id == board.id)) or 0


def _check_depth(page: Page) -> None:
    if not 1 <= page.number <= min(page.count, LIST_PAGES):
        raise NotFound


def _bounded_page(number: int, statement: Select[Any], column: Any, **values: object) -> Page:
    """The page of a list whose length is counted only as far as one can page."""
    counted = statement.with_only_columns(column, maintain_column_froms=True).limit(LIST_PAGES * SIZE).subquery()
    page = Page(number, session.scalar(select(func.count()).select_from(counted), values) or 0)
    _check_depth(page)
    return page


def threads_everywhere(
    actor: Member | None, *, number: int = 1, sort: str = "latest", unread: bool = False, board: Board | None = None
) -> tuple[list[ThreadRow], Page]:
    """A page of all threads the actor may see; only those with something unread if asked.

    The total is not counted beyond what can be paged to, so that the page costs the same on any forum.
    """
    statement = seen_threads(actor)
    if board is not None:
        statement = statement.where(Thread.board_id == board.id)
    marked = statement if actor is None else _with_marks(statement)
    if actor is not None and unread:
        marked = statement = marked.where(_is_unread(actor))
    page = _bounded_page(number, statement, Thread.id, **({ME: actor.id} if actor else {}))
    return _rows(actor, marked.order_by(*SORTS[sort]).offset(page.offset).limit(page.size)), page


def threads_of(actor: Member | None, member: Member, number: int) -> tuple[list[ThreadRow], Page]:
    """A page of the threads a member started, newest first."""
    mine = seen_threads(actor).where(Thread.starter_id == member.id)
    page = _bounded_page(number, mine, Thread.id)
    marked = mine if actor is None else _with_marks(mine)
    return _rows(actor, marked.order_by(*SORTS["new"]).offset(page.offset).limit(page.size)), page


def posts_of(actor: Member | None, member: Member, number: int) -> tuple[list[Post], Page]:
    """A page of a member's posts with their threads, newest first."""
    mine = (
        select(Post)
        .join(Post.thread)
        .join(Thread.board)
        .where(Post.author_id == member.id, permissions.visible_posts(actor))
    )
    page = _bounded_page(number, mine, Post.id)
    loaded = mine.options(contains_eager(Post.thread).contains_eager(Thread.board), joinedload(Post.author))
    return list(
        session.scalars(loaded.order_by(Post.created_at.desc(), Post.id.desc()).offset(page.offset).limit(page.size))
    ), page


def _with_marks(statement: Select[Thread]) -> Select[Any]:
    """With how far the member ME has read each thread, and until when its board."""
    me: BindParameter[int] = bindparam(ME)
    read = and_(ThreadRead.thread_id == Thread.id, ThreadRead.member_id == me)
    marked = and_(BoardRead.board_id == Thread.board_id, BoardRead.member_id == me)
    joined = statement.outerjoin(ThreadRead, read).outerjoin(BoardRead, marked)
    return joined.add_columns(ThreadRead.position, BoardRead.read_at)


def _is_unread(actor: Member) -> ColumnElement[bool]:
    """Something was posted since the thread, its board or everything was read."""
    fresh = or_(BoardRead.read_at.is_(None), Thread.last_posted_at > BoardRead.read_at)
    if actor.read_all_at is not None:
        fresh = and_(fresh, Thread.last_posted_at > actor.read_all_at)
    return and_(fresh, or_(ThreadRead.position.is_(None), Thread.last_position > ThreadRead.position))


def _rows(actor: Member | None, statement: Select[Any], **values: object) -> list[ThreadRow]:
    """The rows of a list; for a member the statement is one with marks."""
    if actor is None:
        return [ThreadRow(thread) for thread in session.scalars(statement, values)]
    return [_row(actor, *row) for row in session.execute(statement, values | {ME: actor.id})]


def _row(actor: Member, thread: Thread, position: int | None, board_read_at: datetime | None) -> ThreadRow:
    marks = [moment for moment in (board_read_at, actor.read_all_at) if moment is not None]
    is_old = any(thread.last_posted_at <= moment for moment in marks)
    return ThreadRow(thread, not is_old and thread.last_position > (position or 0), position)


SITEMAP_MOST = 5000  # the protocol allows 50,000; the latest are what search engines come for


def sitemap_entries() -> list[tuple[str, datetime]]:
    """The paths of the threads that guests see, with their last posts' moments, the newest first."""
    statement = seen_threads(None).order_by(*SORTS["latest"]).limit(SITEMAP_MOST)
    return [(thread.path, thread.last_posted_at) for thread in session.scalars(statement)]
