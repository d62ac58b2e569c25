"""The addresses of all threads that guests see, for search engines: in parts that cost the same on any forum."""

from datetime import datetime

from sqlalchemy import func, select

from forum import permissions
from forum.base.db import session
from forum.base.errors import NotFound
from forum.base.slugs import path_of
from forum.models import Board, Thread

PART = 500  # numbers of threads; the protocol allows 50,000 addresses in a file
_COLUMNS = (Thread.id, Thread.title, Thread.last_posted_at)


def parts() -> int:
    """How many parts there are."""
    newest = session.scalar(select(func.max(Thread.id))) or 0
    return max(1, -(-newest // PART))


def part(number: int) -> list[tuple[str, datetime]]:
    """The paths of the threads in a part (from 1) with their last posts' moments; raises NotFound past the end."""
    if not 1 <= number <= parts():
        raise NotFound
    seen = select(*_COLUMNS).join(Board, Board.id == Thread.board_id).where(permissions.visible_threads(None))
    numbers = Thread.id.between((number - 1) * PART + 1, number * PART)
    rows = session.execute(seen.where(numbers).order_by(Thread.id.desc()))
    return [(path_of("threads", row.id, row.title), row.last_posted_at) for row in rows]
