"""Paged lists of threads and posts, with the reader's unread state."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import contains_eager, joinedload

from forum import permissions
from forum.boards.unread import ME, with_read_marks
from forum.infra import clock
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import SIZE, Page
from forum.models import Board, BoardRead, Member, Post, Thread, ThreadRead
from forum.site.group_membership import own_id
from forum.threads import list_queries
from forum.threads.queries import threads_with_names

SORTS = tuple(list_queries.KEYS)
LIST_PAGES = 500  # page limit of thread lists; older threads are found by search and by board
PROFILE_PAGES = 50  # page limit of a member's posts and threads; older ones are found by search


@dataclass(frozen=True)
class ThreadRow:
    """A thread in a list, with the reader's read position."""

    thread: Thread
    is_unread: bool = False
    read_position: int | None = None
    is_moved: bool = False  # it is now in another board than that of the list

    @property
    def first_unread_path(self) -> str:
        """The path at which the reader continues."""
        return f"{self.thread.path}/unread" if self.is_unread else self.thread.path


def threads_in_board(
    actor: Member | None, board: Board, *, number: int, sort: str = "latest", others: bool = False
) -> tuple[list[ThreadRow], Page]:
    """A page of a board's threads, pinned ones first.

    With `others`, the first page has also threads of other boards: those pinned everywhere, and those moved from here.
    """
    scope, others = permissions.scope_of(actor), others and number == 1
    if board.id in scope.own_only:
        rows, page = _own_in_board(actor, board, number, sort, pinned_first=True, others=others)
        return _arranged(rows, board, sort) if others else rows, page
    page = Page(number, list_queries.thread_count(scope, board, most=LIST_PAGES * SIZE))
    _check_depth(page)
    ids = list_queries.board_threads_pinned_first(list_queries.hidden_in(scope, board), sort)
    order = list_queries.order(sort, pinned_first=True)
    rows = _rows(actor, ids, page, order, others=others, board=board.id)
    return _arranged(rows, board, sort) if others else rows, page


def _arranged(rows: list[ThreadRow], board: Board | None, sort: str) -> list[ThreadRow]:
    """Rows with threads pinned everywhere on top; in a board, those that were moved are among the others."""
    top = [row for row in rows if row.thread.is_pinned_everywhere and row.thread.is_public]
    rest = [row for row in rows if row not in top]
    if board is None:
        return top + rest
    moved = [replace(row, is_moved=True) for row in rest if row.thread.board_id != board.id]
    here = [row for row in rest if row.thread.board_id == board.id]
    if moved:
        names = (list_queries.KEYS[sort].key, "id")
        plain = [row for row in here if not row.thread.is_pinned] + moved
        plain.sort(key=lambda row: tuple(getattr(row.thread, name) for name in names), reverse=True)
        here = [row for row in here if row.thread.is_pinned] + plain
    return top + here


def all_threads(
    actor: Member | None, *, number: int = 1, sort: str = "latest", unread: bool = False, board: Board | None = None
) -> tuple[list[ThreadRow], Page]:
    """A page of all threads the actor may see, or of a board's; with `unread`, only those with unread posts.

    The total is capped at LIST_PAGES; for unread threads it is counted only some pages ahead.
    """
    return _all_threads(actor, number, sort, unread=unread, board=board)


def new_threads(actor: Member | None, *, number: int, unread: bool) -> tuple[list[ThreadRow], Page]:
    """A page of What's new: all threads, on the first page those pinned everywhere on top; or the unread ones."""
    others = number == 1 and not unread
    rows, page = _all_threads(actor, number, "latest", unread=unread, others=others)
    return _arranged(rows, None, "latest") if others else rows, page


def _all_threads(
    actor: Member | None, number: int, sort: str, *, unread: bool, board: Board | None = None, others: bool = False
) -> tuple[list[ThreadRow], Page]:
    scope = permissions.scope_of(actor)
    if actor is not None and unread:
        return _unread_threads(actor, number, sort, board)
    if board and board.id in scope.own_only:
        return _own_in_board(actor, board, number, sort)
    reader = own_id(actor) or 0
    parameters: dict[str, Any] = {"board": board.id} if board else list_queries.board_values(scope, reader)
    hidden = list_queries.hidden_in(scope, board)
    page = Page(number, list_queries.thread_count(scope, board, most=LIST_PAGES * SIZE, reader=reader))
    _check_depth(page)
    everywhere = list_queries.own_where_required(scope, list_queries.all_threads(hidden, sort))
    ids = list_queries.board_threads(hidden, sort) if board else everywhere
    return _rows(actor, ids, page, list_queries.order(sort), others=others, **parameters), page


def _own_in_board(
    actor: Member | None, board: Board, number: int, sort: str, *, pinned_first: bool = False, others: bool = False
) -> tuple[list[ThreadRow], Page]:
    """A page of the threads that the actor started in a board in which they see no others."""
    ids = list_queries.own_in_board(sort, pinned_first=pinned_first)
    values: dict[str, Any] = {"board": board.id, "reader": own_id(actor) or 0}
    page = bounded_count(number, ids, values, most=LIST_PAGES * SIZE)
    _check_depth(page)
    order = list_queries.order(sort, pinned_first=pinned_first)
    return _rows(actor, ids, page, order, others=others, **values), page


def _unread_threads(actor: Member, number: int, sort: str, board: Board | None) -> tuple[list[ThreadRow], Page]:
    """A page of the unread threads."""
    scope = permissions.scope_of(actor)
    has_read_all, hidden = actor.read_all_at is not None, list_queries.hidden_in(scope, board)
    own = bool(scope.own_only)
    ids = list_queries.unread(hidden, sort, has_read_all=has_read_all, in_one=board is not None, own=own)
    values: dict[str, Any] = {ME: actor.id} | ({"read_all_at": actor.read_all_at} if has_read_all else {})
    values |= list_queries.board_values(scope, own_id(actor) or 0) | ({"board": board.id} if board else {})
    page = bounded_count(number, ids, values, most=LIST_PAGES * SIZE)
    _check_depth(page)
    return _rows(actor, ids, page, list_queries.order(sort), **values), page


def threads_of(actor: Member | None, member: Member, number: int) -> tuple[list[ThreadRow], Page]:
    """A page of the threads a member started, newest first."""
    scope = permissions.scope_of(actor)
    started = list_queries.started_by(list_queries.hidden_in(scope), to_self=own_id(actor) == member.id)
    ids = list_queries.own_where_required(scope, started)
    values: dict[str, Any] = {"member": member.id, **list_queries.board_values(scope, own_id(actor) or 0)}
    page = bounded_count(number, ids, values, most=PROFILE_PAGES * SIZE)
    _check_depth(page)
    return _rows(actor, ids, page, list_queries.order("new"), **values), page


def posts_of(actor: Member | None, member: Member, number: int) -> tuple[list[Post], Page]:
    """A page of a member's posts with their threads, newest first."""
    scope = permissions.scope_of(actor)
    written = list_queries.written_by(list_queries.hidden_in(scope), to_self=own_id(actor) == member.id)
    ids = list_queries.own_where_required(scope, written)
    values: dict[str, Any] = {"member": member.id, **list_queries.board_values(scope, own_id(actor) or 0)}
    page = bounded_count(number, ids, values, most=PROFILE_PAGES * SIZE)
    _check_depth(page)
    loaded = (
        select(Post)
        .join(Post.thread)
        .join(Thread.board)
        .where(Post.id.in_(list_queries.page_of_ids(ids)), permissions.visible_posts(actor))
        .options(contains_eager(Post.thread).contains_eager(Thread.board), joinedload(Post.author))
        .order_by(Post.created_at.desc(), Post.id.desc())
    )
    return list(session.scalars(loaded, values | {"offset": page.offset})), page


def _check_depth(page: Page) -> None:
    if not 1 <= page.number <= min(page.count, LIST_PAGES):
        raise NotFound


def _rows(
    actor: Member | None,
    ids: Select[Any],
    page: Page,
    order: tuple[ColumnElement[Any], ...],
    *,
    others: bool = False,
    **values: object,
) -> list[ThreadRow]:
    """The rows of a list's page; visibility is checked again when the rows are loaded.

    With `others`, in any place also those that list_queries.with_others adds.
    """
    place = "" if not others else "board" if "board" in values else "everywhere"
    values |= {"now": clock.now()} if place == "board" else {}
    statement = _loaded(ids, order, to_member=actor is not None, others=place)
    if actor is None:
        threads = session.scalars(statement, values | {"offset": page.offset})
        return [ThreadRow(thread) for thread in threads if permissions.may_see_thread(None, thread)]
    rows = session.execute(statement, values | {"offset": page.offset} | {ME: actor.id})
    return [_row(actor, *row) for row in rows if permissions.may_see_thread(actor, row[0])]


@cache
def _loaded(ids: Select[Any], order: tuple[ColumnElement[Any], ...], *, to_member: bool, others: str) -> Select[Any]:
    shown = list_queries.page_of_ids(ids)
    shown = list_queries.with_others(shown, in_board=others == "board") if others else shown
    statement = threads_with_names().where(Thread.id.in_(shown)).order_by(*order)
    return _with_marks(statement) if to_member else statement


def _with_marks(statement: Select[Thread]) -> Select[Any]:
    """Add the read marks of member :me on each thread and its board."""
    return with_read_marks(statement).add_columns(ThreadRead.position, BoardRead.read_at)


def _row(actor: Member, thread: Thread, position: int | None, board_read_at: datetime | None) -> ThreadRow:
    marks = [moment for moment in (board_read_at, actor.read_all_at) if moment is not None]
    is_old = any(thread.last_posted_at <= moment for moment in marks)
    return ThreadRow(thread, not is_old and thread.last_visible_position > (position or 0), position)
