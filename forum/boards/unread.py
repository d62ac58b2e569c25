"""Which threads the member :me has not read, as SQL."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ColumnExpressionArgument,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from forum.boards.recent_threads import oldest_of_newest
from forum.models import BoardRead, Thread, ThreadRead

ME = "me"
UNREAD_SCAN_THREADS = 2000  # the most recently active threads, searched for a member's unread ones


def with_read_marks(statement: Select[Any]) -> Select[Any]:
    """Join the read marks of :me on each thread and on its board."""
    me: BindParameter[int] = bindparam(ME)
    read = and_(ThreadRead.thread_id == Thread.id, ThreadRead.member_id == me)
    marked = and_(BoardRead.board_id == Thread.board_id, BoardRead.member_id == me)
    return statement.outerjoin(ThreadRead, read).outerjoin(BoardRead, marked)


def unread_threads(
    *columns: InstrumentedAttribute[Any] | ColumnElement[Any], where: ColumnExpressionArgument[bool], has_read_all: bool
) -> Select[Any]:
    """The unread threads among the UNREAD_SCAN_THREADS most recently active, newest first.

    With `has_read_all`, only those with posts since :read_all_at.
    """
    unread = [
        or_(BoardRead.read_at.is_(None), Thread.last_posted_at > BoardRead.read_at),
        func.coalesce(ThreadRead.position, 0) < Thread.last_visible_position,
        Thread.last_posted_at >= oldest_of_newest(UNREAD_SCAN_THREADS),
    ]
    if has_read_all:
        unread.append(Thread.last_posted_at > bindparam("read_all_at"))
    statement = with_read_marks(select(*columns)).where(where, *unread)
    return statement.order_by(Thread.last_posted_at.desc(), Thread.id.desc())
