"""Paged lists of threads and posts, with the reader's unread state."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
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
from forum.site.access import AccessScope
from forum.site.group_membership import own_id
from forum.threads import list_queries
from forum.threads.queries import threads_with_names
from forum.watching.queries import watches_of

Only = tuple[list_queries.Narrowed, ...]
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
    actor: Member | None,
    *,
    number: int = 1,
    sort: str = "latest",
    unread: bool = False,
    board: Board | None = None,
    only: Only = (),
) -> tuple[list[ThreadRow], Page]:
    """A page of all threads the actor may see, or of a board's; with `unread`, only those with unread posts.

    `only`: those that the member watches, or has written in, or both. The total is capped at LIST_PAGES; for lists of a
    member's own it is counted only some pages ahead.
    """
    return _all_threads(_Reading(actor, sort, board, unread=unread, only=only), number)


def new_threads(actor: Member | None, *, number: int, unread: bool, only: Only = ()) -> tuple[list[ThreadRow], Page]:
    """A page of What's new, without what the actor has muted: all threads, or some as in `all_threads`.

    The first page of all threads has those pinned everywhere on top.
    """
    watches = watches_of(actor)
    muted_boards, muted_threads = watches.muted_boards, watches.muted_threads
    reading = _Reading(
        actor, "latest", unread=unread, only=only, muted_boards=muted_boards, muted_threads=muted_threads
    )
    others = number == 1 and not unread and not only
    rows, page = _all_threads(reading, number, others=others)
    return _arranged([row for row in rows if not reading.hides(row.thread)], None, "latest") if others else rows, page


@dataclass(frozen=True)
class _Reading:
    """Who reads a list, which one, and what is left out of it."""

    actor: Member | None
    sort: str
    board: Board | None = None
    unread: bool = False
    only: Only = ()
    muted_boards: frozenset[int] = frozenset()
    muted_threads: frozenset[int] = frozenset()

    @cached_property
    def scope(self) -> AccessScope:
        """What the reader sees, without muted boards."""
        scope, muted = permissions.scope_of(self.actor), self.muted_boards
        return replace(scope, see=scope.see - muted, moderate=scope.moderate - muted) if muted else scope

    def hides(self, thread: Thread) -> bool:
        """Whether the reader has muted a thread."""
        return thread.id in self.muted_threads or thread.board_id in self.muted_boards

    def without_muted(self, ids: Select[Any]) -> Select[Any]:
        """The ids of a list without muted threads."""
        return list_queries.without_muted(ids) if self.muted_threads else ids

    @cached_property
    def values(self) -> dict[str, Any]:
        """The parameters of the list."""
        values: dict[str, Any] = {**list_queries.board_values(self.scope, own_id(self.actor) or 0)}
        values |= {"board": self.board.id} if self.board else {}
        return values | ({"muted": sorted(self.muted_threads)} if self.muted_threads else {})


def _all_threads(reading: _Reading, number: int, *, others: bool = False) -> tuple[list[ThreadRow], Page]:
    actor, scope, board = reading.actor, reading.scope, reading.board
    if actor is not None and (reading.unread or reading.only):
        return _few_threads(actor, reading, number)
    if board and board.id in scope.own_only:
        return _own_in_board(actor, board, number, reading.sort)
    hidden = list_queries.hidden_in(scope, board)
    total = list_queries.thread_count(scope, board, most=LIST_PAGES * SIZE, reader=own_id(actor) or 0)
    if reading.muted_threads:
        total = max(total - list_queries.muted_count(scope, reading.muted_threads), 0)
    page = Page(number, total)
    _check_depth(page)
    everywhere = list_queries.own_where_required(scope, list_queries.all_threads(hidden, reading.sort))
    ids = reading.without_muted(list_queries.board_threads(hidden, reading.sort) if board else everywhere)
    values = {"board": board.id} if board else reading.values
    return _rows(actor, ids, page, list_queries.order(reading.sort), others=others, **values), page


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


def _few_threads(actor: Member, reading: _Reading, number: int) -> tuple[list[ThreadRow], Page]:
    """A page of the unread threads, or of those that the member watches or has written in."""
    scope, has_read_all = reading.scope, actor.read_all_at is not None
    hidden = list_queries.hidden_in(scope, reading.board)
    kind = {"in_one": reading.board is not None, "own": bool(scope.own_only)}
    if reading.unread:
        ids = list_queries.unread(hidden, reading.sort, has_read_all=has_read_all, **kind)
    else:
        ids = list_queries.few_threads(hidden, reading.sort, **kind)
    for name in reading.only:
        ids = list_queries.narrowed(ids, name)
    ids = reading.without_muted(ids)
    values: dict[str, Any] = {ME: actor.id} | ({"read_all_at": actor.read_all_at} if has_read_all else {})
    values |= reading.values
    page = bounded_count(number, ids, values, most=LIST_PAGES * SIZE)
    _check_depth(page)
    return _rows(actor, ids, page, list_queries.order(reading.sort), **values), page


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
