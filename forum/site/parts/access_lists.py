"""The boards' own access lists."""

from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import AccessLevel, Board, BoardAccess
from forum.site.access import AccessEntry


def load_access_lists() -> dict[int, tuple[AccessEntry, ...]]:
    """The boards' own access lists; an empty one too."""
    lists: dict[int, list[AccessEntry]] = {
        board_id: [] for board_id in session.scalars(select(Board.id).where(Board.has_access_list))
    }
    for row in session.scalars(select(BoardAccess).order_by(BoardAccess.group_id)):
        if row.board_id in lists:
            lists[row.board_id].append(_entry(row))
    return {board_id: tuple(entries) for board_id, entries in lists.items()}


def _entry(row: BoardAccess) -> AccessEntry:
    return AccessEntry(row.group_id, AccessLevel(row.level), row.moderates, row.own_threads_only)
