"""Rows of thread and board lists as cached HTML."""

from collections.abc import Hashable, Sequence
from datetime import datetime

from markupsafe import Markup

from forum.boards.queries import BoardRow
from forum.boards.recent_blocks import RecentBlock, RecentThread
from forum.models import Board, Member, Thread
from forum.web.fragment_cache import cached, macro
from forum.web.template_globals import ago


def thread_row(
    thread: Thread, path: str | None = None, *, is_unread: bool = False, board: Board | None = None, level: int = 2
) -> Markup:
    """A thread as a list row: on board pages, What's new, similar threads and profiles."""

    def render() -> Markup:
        row = macro("_macros/thread.html", "thread_row")
        html: Markup = row(thread, path=path, is_unread=is_unread, board=board, level=level)
        return html

    board_key = (board.id, board.title) if board else None
    return cached(render, "thread", *_of_thread(thread), path, is_unread, board_key, level)


def _of_thread(thread: Thread) -> tuple[Hashable, ...]:
    return (
        thread.id,
        thread.title,
        thread.is_pinned,
        thread.is_locked,
        thread.deleted_at,
        thread.last_visible_position,
        thread.reply_count,
        thread.view_count,
        *_timestamp(thread.started_at),
        *_timestamp(thread.last_posted_at),
        *_member(thread.starter),
        *_member(thread.last_poster),
    )


def _timestamp(moment: datetime) -> tuple[Hashable, ...]:
    return moment, ago(moment)


def _member(member: Member) -> tuple[Hashable, ...]:
    return member.id, member.username


def board_row(row: BoardRow, level: int = 3) -> Markup:
    """A board as a list row: description, counts and last post."""

    def render() -> Markup:
        html: Markup = macro("_macros/board.html", "board_row")(row, level)
        return html

    board, last = row.board, row.last_thread
    children = tuple((child.id, child.title) for child in row.children)
    own = (board.id, board.title, board.description, children, row.thread_count, row.post_count, row.is_unread, level)
    return cached(render, "board", *own, *(_of_recent_thread(last) if last else ()))


def latest_lists(latest: Sequence[RecentThread], blocks: Sequence[RecentBlock], *, with_empty: bool = False) -> Markup:
    """The latest threads of all boards and of each top-level board, for the sidebar; `with_empty` adds empty ones."""

    def render() -> Markup:
        html: Markup = macro("_macros/latest.html", "latest_lists")(
            latest, [block for block in blocks if with_empty or block.threads]
        )
        return html

    shown = ((block.board.id, block.board.title, *map(_of_recent_thread, block.threads)) for block in blocks)
    return cached(render, "latest", with_empty, tuple(map(_of_recent_thread, latest)), *shown)


def _of_recent_thread(line: RecentThread) -> tuple[Hashable, ...]:
    return line.id, line.title, line.last_poster, *_timestamp(line.last_posted_at)
