"""Boards in which a reader sees only the threads that they started: what is shown of them."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import func, select

from forum import permissions
from forum.infra.database.db import session
from forum.models import Board, Member, Thread
from forum.site.group_membership import own_id


class Figures(NamedTuple):
    """The numbers of a board as a reader sees them; `are_own` if they count only what the reader started."""

    threads: int
    posts: int
    are_own: bool = False


def shared_boards(actor: Member | None, boards: Iterable[Board]) -> list[Board]:
    """The boards without those in which the actor sees only their own threads."""
    own_only = permissions.scope_of(actor).own_only
    return [board for board in boards if board.id not in own_only]


def figures_of(actor: Member | None, boards: Iterable[Board]) -> dict[int, Figures]:
    """The numbers of boards by id; one query if there are some in which the actor sees only their own threads."""
    figures = {board.id: Figures(board.thread_count, board.post_count) for board in boards}
    own_only = permissions.scope_of(actor).own_only & figures.keys()
    if not own_only:
        return figures
    figures |= {board_id: Figures(0, 0, are_own=True) for board_id in own_only}
    own = (
        Thread.starter_id == (own_id(actor) or 0),
        Thread.board_id.in_(sorted(own_only)),
        Thread.is_public,
    )
    counted = select(Thread.board_id, func.count(), func.sum(Thread.reply_count + 1)).where(*own)
    rows = session.execute(counted.group_by(Thread.board_id))
    return figures | {row[0]: Figures(row[1], row[2], are_own=True) for row in rows}
