"""Sitemap for search engines: the addresses of all boards and threads that guests see.

It is split into parts of constant cost by thread id; the first part also holds the front page and the boards.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from forum import permissions
from forum.boards.own_threads import shared_boards
from forum.boards.queries import tree
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.text.slugs import path_of
from forum.models import Board, Thread

PART = 500  # thread ids per part; the protocol allows 50,000 addresses per file
_COLUMNS = (Thread.id, Thread.title, Thread.last_posted_at)
Address = tuple[str, datetime | None]


@dataclass(frozen=True)
class Part:
    """Paths with the times of their last posts, and when the part last changed, by a post or a deletion."""

    addresses: list[Address]
    changed_at: datetime | None


def parts() -> int:
    """The number of parts."""
    newest = session.scalar(select(func.max(Thread.id))) or 0
    return max(1, -(-newest // PART))


def changed_at() -> datetime | None:
    """The time of the last post in a board that guests see."""
    return _latest(board.last_posted_at for board in shared_boards(None, tree(None)))


def part(number: int) -> Part:
    """A part, counted from 1. Raises NotFound past the end."""
    if not 1 <= number <= parts():
        raise NotFound
    numbers = Thread.id.between((number - 1) * PART + 1, number * PART)
    visible = (
        select(*_COLUMNS).join(Board, Board.id == Thread.board_id).where(permissions.visible_threads(None), numbers)
    )
    threads = [
        (path_of("threads", row.id, row.title), row.last_posted_at)
        for row in session.execute(visible.order_by(Thread.id.desc()))
    ]
    addresses = [*(_boards() if number == 1 else []), *threads]
    deleted = session.scalar(select(func.max(Thread.deleted_at)).where(numbers))
    return Part(addresses, _latest([*(moment for _, moment in addresses), deleted]))


def _boards() -> list[Address]:
    seen = tree(None)
    shared = {board.id for board in shared_boards(None, seen)}
    boards = [(board.path, board.last_posted_at if board.id in shared else None) for board in seen]
    return [("/", _latest(moment for _, moment in boards)), *boards]


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
