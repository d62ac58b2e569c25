"""How many members watch or have read threads: of many a job carries watches and read marks along, a few at a time."""

from collections.abc import Sequence

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.text.messages import say
from forum.models import BoardRead, Thread, ThreadRead
from forum.moderation.regrouping.order import TooMany
from forum.watching import carrying

MAX_AT_ONCE = carrying.MAX_AT_ONCE  # members whose read marks change in one transaction


def require_few(leaving: Sequence[Thread], into: Thread | None, board_id: int) -> None:
    """Raise TooMany if so many follow the threads that other writers would wait until all follow another."""
    if any(are_many(thread, into, board_id) for thread in leaving):
        words = "More than %(num)d members watch or have read the thread. That is more than the forum can move at once."
        raise TooMany(say(words, num=MAX_AT_ONCE))


def are_many(thread: Thread, into: Thread | None, board_id: int) -> bool:
    """Whether so many members watch or have read a thread of which posts go to another, or a new one, in a board."""
    if carrying.are_many(thread.id) or have_read(thread.id):
        return True
    return (into is not None and have_read(into.id)) or (thread.board_id != board_id and _have_read_board(thread))


def have_read(thread_id: int) -> bool:
    """Whether so many members have a read mark in a thread."""
    marks = select(ThreadRead.member_id).where(ThreadRead.thread_id == thread_id)
    return session.scalar(marks.offset(MAX_AT_ONCE).limit(1)) is not None


def _have_read_board(thread: Thread) -> bool:
    """Whether so many have read a thread because they marked its board as read: elsewhere each needs a mark."""
    boards = (BoardRead.board_id == thread.board_id, BoardRead.read_at >= thread.last_posted_at)
    return session.scalar(select(BoardRead.member_id).where(*boards).offset(MAX_AT_ONCE).limit(1)) is not None
