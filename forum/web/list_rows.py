"""Lists of threads and boards as HTML, row by row from what is kept."""

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
    """A thread as a row of a list: board pages, what's new, similar threads, profiles."""

    def write() -> Markup:
        row = macro("_macros/thread.html", "thread_row")
        html: Markup = row(thread, path=path, is_unread=is_unread, board=board, level=level)
        return html

    place = (board.id, board.title) if board else None
    return cached(write, "thread", *_of_thread(thread), path, is_unread, place, level)


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
        *_when(thread.started_at),
        *_when(thread.last_posted_at),
        *_who(thread.starter),
        *_who(thread.last_poster),
    )


def _when(moment: datetime) -> tuple[Hashable, ...]:
    return moment, ago(moment)


def _who(member: Member) -> tuple[Hashable, ...]:
    return member.id, member.username


def board_row(row: BoardRow, level: int = 3) -> Markup:
    """A board as a row: what it is for, how much is in it, what was last written."""

    def write() -> Markup:
        html: Markup = macro("_macros/board.html", "board_row")(row, level)
        return html

    board, last = row.board, row.last_thread
    children = tuple((child.id, child.title) for child in row.children)
    own = (board.id, board.title, board.description, children, row.thread_count, row.post_count, row.is_unread, level)
    return cached(write, "board", *own, *(_of_line(last) if last else ()))


def latest_lists(latest: Sequence[RecentThread], blocks: Sequence[RecentBlock], *, with_empty: bool = False) -> Markup:
    """The latest threads of all boards and of each top-level board, those without threads on request: for the rail."""

    def write() -> Markup:
        html: Markup = macro("_macros/latest.html", "latest_lists")(
            latest, [block for block in blocks if with_empty or block.threads]
        )
        return html

    shown = ((block.board.id, block.board.title, *map(_of_line, block.threads)) for block in blocks)
    return cached(write, "latest", with_empty, tuple(map(_of_line, latest)), *shown)


def _of_line(line: RecentThread) -> tuple[Hashable, ...]:
    return line.id, line.title, line.last_poster, *_when(line.last_posted_at)
