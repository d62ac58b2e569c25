"""Read queries for boards."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm.attributes import set_committed_value

from forum import permissions
from forum.boards.own_threads import Figures, figures_of, shared_boards
from forum.boards.recent_blocks import (
    MemberLink,
    RecentBlocks,
    RecentThread,
    recent_for_boards,
    top_boards,
    without_muted,
)
from forum.boards.recent_threads import newest_in
from forum.boards.unread import ME, unread_threads
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.database.per_app import PerApp
from forum.infra.errors import NotFound
from forum.models import Board, Member, Role, Thread
from forum.models.discussion.board_tree import BoardTree
from forum.models.members.member import is_public, with_member_name
from forum.site.group_membership import BUILT_IN_GROUPS
from forum.site.queries import snapshot
from forum.watching.queries import watches_of

MEMBER_COUNT_CACHE_SECONDS = 3.0  # for which the member count is cached


@dataclass(frozen=True)
class BoardRow:
    """A board in a list; its counts and last thread include the boards below that the reader sees."""

    board: Board
    thread_count: int = 0
    post_count: int = 0
    last_thread: RecentThread | None = None
    is_unread: bool = False
    children: Sequence[Board] = ()


@dataclass(frozen=True)
class Section:
    """A category with its boards; None groups the boards outside any category."""

    category: Board | None
    rows: list[BoardRow] = field(default_factory=list)


@dataclass(frozen=True)
class Statistics:
    """The size of the forum."""

    threads: int
    posts: int
    members: int
    newest: MemberLink | None


def tree(actor: Member | None) -> BoardTree[Board]:
    """The boards the actor may see, in one query."""
    seen = permissions.scope_of(actor).see
    return BoardTree(board for board in session.scalars(_ALL_BOARDS) if board.id in seen)


_ALL_BOARDS = select(Board).order_by(Board.order, Board.id)


def find_board(actor: Member | None, board_id: int) -> Board:
    """A board the actor may see. Raises NotFound."""
    board = session.get(Board, board_id)
    if board is None or not permissions.may_see_board(actor, board):
        raise NotFound
    return board


def invites_guests(board: Board) -> bool:
    """Whether guests who register may start threads in a board that they see."""
    members, node = snapshot().access.scope_of(BUILT_IN_GROUPS[Role.MEMBER]), snapshot().tree.get(board.id)
    is_open = node is not None and not node.is_closed and not node.is_being_deleted
    return is_open and not board.is_category and board.id in members.start


def latest_of(actor: Member | None, boards: BoardTree[Board]) -> RecentBlocks:
    """The latest threads of the boards a reader sees, for the index and for rows of boards.

    Boards in which they see only their own threads are left out.
    """
    readable = BoardTree(shared_boards(actor, boards)) if permissions.scope_of(actor).own_only else boards
    return without_muted(recent_for_boards(top_boards(readable), list(readable)), watches_of(actor))


def sections(actor: Member | None, boards: BoardTree[Board]) -> list[Section]:
    """The index: categories in order with their boards; consecutive boards without a category form one section."""
    rows = _rows_by_id(actor, boards)
    result: list[Section] = []
    for top in boards.children(None):
        if top.is_category:
            result.append(Section(top, [rows[child.id] for child in boards.children(top)]))
        elif result and result[-1].category is None:
            result[-1].rows.append(rows[top.id])
        else:
            result.append(Section(None, [rows[top.id]]))
    return result


def rows_below(actor: Member | None, boards: BoardTree[Board], parent: Board) -> list[BoardRow]:
    """The direct children of a board, as rows."""
    children = boards.children(parent)
    rows = _rows_by_id(actor, boards) if children else {}
    return [rows[child.id] for child in children]


def _rows_by_id(actor: Member | None, boards: BoardTree[Board]) -> dict[int, BoardRow]:
    last = latest_of(actor, boards).last
    unread = _unread_boards(actor) if actor else set()
    figures = figures_of(actor, boards)
    return {board.id: _row(boards, board, last, unread, figures) for board in boards}


def _row(
    boards: BoardTree[Board],
    board: Board,
    last: Mapping[int, RecentThread],
    unread: set[int],
    figures: Mapping[int, Figures],
) -> BoardRow:
    family = boards.below(board)
    known = (item for item in family if item.last_posted_at and not figures[item.id].are_own)
    newest = max(known, key=_last_at, default=None)
    return BoardRow(
        board,
        sum(figures[item.id].threads for item in family),
        sum(figures[item.id].posts for item in family),
        last.get(newest.id) if newest else None,
        any(item.id in unread for item in family),
        boards.children(board),
    )


def _last_at(board: Board) -> datetime:
    return board.last_posted_at or datetime.min.replace(tzinfo=UTC)


MAX_UNREAD_THREADS = 100  # newest unread threads that mark their boards as unread


def _unread_boards(actor: Member) -> set[int]:
    """The ids of boards with unread threads among the forum's newest."""
    watches = watches_of(actor)
    since = {"read_all_at": actor.read_all_at} if actor.read_all_at else {}
    unread = _unread(has_read_all=bool(since))
    if watches.muted_threads:
        unread = unread.where(~in_list(Thread.id, watches.muted_threads))
    if watches.muted_boards:
        unread = unread.where(~in_list(Thread.board_id, watches.muted_boards))
    if permissions.scope_of(actor).own_only:
        unread = unread.join(Board, Board.id == Thread.board_id).where(permissions.visible_threads(actor))
    return set(session.scalars(unread, {ME: actor.id} | since))


@cache
def _unread(*, has_read_all: bool) -> Select[Any]:
    return unread_threads(Thread.board_id, where=Thread.is_public, has_read_all=has_read_all).limit(MAX_UNREAD_THREADS)


def latest_in(actor: Member | None, boards: Sequence[Board], *, most: int) -> list[Thread]:
    """The most recently active threads in some boards, without those in which the actor sees only their own."""
    chosen = shared_boards(actor, boards)
    boards_by_id = {board.id: board for board in chosen if not board.is_category and board.last_posted_at}
    if not boards_by_id:
        return []
    statement = (
        select(Thread)
        .where(Thread.id.in_(select(newest_in(boards_by_id, most).c.id)))
        .options(with_member_name(Thread.starter), with_member_name(Thread.last_poster))
        .order_by(Thread.last_posted_at.desc(), Thread.id.desc())
        .limit(most)
    )
    threads = list(session.scalars(statement))
    for thread in threads:
        set_committed_value(thread, "board", boards_by_id[thread.board_id])
    return threads


def statistics(actor: Member | None, boards: BoardTree[Board]) -> Statistics:
    """The size of the forum by the boards the reader sees; the member count may be MEMBER_COUNT_CACHE_SECONDS old."""
    many, newest = _member_count_and_newest()
    shared = shared_boards(actor, boards)
    return Statistics(
        sum(board.thread_count for board in shared), sum(board.post_count for board in shared), many, newest
    )


_counted = PerApp(lambda _: dict[str, tuple[float, int, int, MemberLink | None]]())


def _member_count_and_newest() -> tuple[int, MemberLink | None]:
    held, now, version = _counted.here(), time.monotonic(), snapshot().version
    known = held.get("members")
    if known is None or known[1] != version or now - known[0] >= MEMBER_COUNT_CACHE_SECONDS:
        order = (Member.joined_at.desc(), Member.id.desc())
        joined = select(Member).where(is_public(), Member.joined_at.is_not(None))
        newest = session.scalars(joined.order_by(*order).limit(1)).first()
        many = session.scalar(select(func.count()).select_from(Member)) or 0
        known = held["members"] = (now, version, many, MemberLink(newest.username, newest.path) if newest else None)
    return known[2:]
