"""Rows of thread and board lists as cached HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from forum.auth import identity
from forum.boards.queries import BoardRow
from forum.boards.recent_blocks import RecentBlock, RecentThread
from forum.models import Board, Thread
from forum.site.queries import snapshot
from forum.web.fragments.fragment_cache import Fragment, cached
from forum.web.fragments.ignoring import without_ignored
from forum.web.fragments.view_values import BoardName, ThreadView, When
from forum.web.template_globals import ago


class ThreadLine(NamedTuple):
    """A thread as two short lines, with the time of its last post."""

    thread: RecentThread
    posted: When


class BlockView(NamedTuple):
    """The latest threads of a top-level board."""

    board: BoardName
    threads: tuple[ThreadLine, ...]


@dataclass(frozen=True, slots=True)
class ThreadRow(Fragment):
    """A thread in a list; `path` leads to the first unread post, `level` is that of the heading."""

    template, macro = "_macros/thread.html", "thread_row"
    thread: ThreadView
    path: str | None
    is_unread: bool
    board: BoardName | None
    level: int
    is_moved: bool


@dataclass(frozen=True, slots=True)
class BoardListRow(Fragment):
    """A board in a list: description, counts, boards below it and last post."""

    template, macro = "_macros/board.html", "board_row"
    board: BoardName
    description: str
    children: tuple[BoardName, ...]
    thread_count: int
    post_count: int
    last: ThreadLine | None
    is_unread: bool
    level: int
    is_closed: bool
    icon: str


@dataclass(frozen=True, slots=True)
class LatestLists(Fragment):
    """The latest threads of all boards and of each top-level board."""

    template, macro = "_macros/latest.html", "latest_lists"
    latest: tuple[ThreadLine, ...]
    blocks: tuple[BlockView, ...]


def thread_row(
    thread: Thread,
    path: str | None = None,
    *,
    is_unread: bool = False,
    board: Board | None = None,
    level: int = 2,
    is_moved: bool = False,
) -> Markup:
    """A thread as a list row: on board pages, What's new, similar threads and profiles.

    `is_moved`: it was in the board whose list this is, and is now in `board`.
    """
    name = BoardName.of(board) if board else None
    return cached(ThreadRow(ThreadView.of(thread), path, is_unread, name, level, is_moved))


def board_row(row: BoardRow, level: int = 3) -> Markup:
    """A board as a list row."""
    board, node = row.board, snapshot().tree.get(row.board.id)
    return cached(
        BoardListRow(
            board=BoardName.of(board),
            description=board.description,
            children=tuple(map(BoardName.of, row.children)),
            thread_count=row.thread_count,
            post_count=row.post_count,
            last=next(iter(_lines([row.last_thread] if row.last_thread else [])), None),
            is_unread=row.is_unread,
            level=level,
            is_closed=board.is_closed,
            icon=node.icon if node else "",
        )
    )


def latest_lists(latest: Sequence[RecentThread], blocks: Sequence[RecentBlock], *, with_empty: bool = False) -> Markup:
    """The latest threads of all boards and of each top-level board, for the sidebar; `with_empty` adds empty ones."""
    listed = [(block.board, _lines(block.threads)) for block in blocks]
    views = [BlockView(BoardName(board.id, board.title), lines) for board, lines in listed if with_empty or lines]
    return cached(LatestLists(_lines(latest), tuple(views)))


def _lines(threads: Iterable[RecentThread]) -> tuple[ThreadLine, ...]:
    """The threads as lines, without those that members started whom the visitor ignores."""
    shown = without_ignored(identity.visitor(), threads, lambda thread: thread.starter_id)
    return tuple([ThreadLine(thread, When(thread.last_posted_at, ago(thread.last_posted_at))) for thread in shown])
