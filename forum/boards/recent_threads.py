"""The threads of several boards that were posted in last, at the cost of those few however many there are."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Subquery, func, literal, select, union_all

from forum.infra.db import UtcDateTime
from forum.models import Thread

BEGINNING = datetime.min.replace(tzinfo=UTC)
MAX_COMPOUND_BOARDS = 400  # boards that are looked at one by one: SQLite joins no more than 500 statements


def newest_in(boards: Collection[int], most: int) -> Subquery:
    """Ids and boards of the `most` newest threads of each board, or of all where there are very many boards.

    Asked for several boards at once, SQLite reads every thread of them and sorts: 1.4 s of 400,000 threads.
    """
    columns = (Thread.id, Thread.board_id)
    alive = select(*columns).where(Thread.deleted_at.is_(None))
    alive = alive.order_by(Thread.last_posted_at.desc(), Thread.id.desc()).limit(most)
    if not 0 < len(boards) <= MAX_COMPOUND_BOARDS:
        return alive.where(Thread.board_id.in_(boards)).limit(most * max(1, len(boards))).subquery()
    of_each = [select(alive.where(Thread.board_id == board).subquery()) for board in sorted(boards)]
    return union_all(*of_each).subquery()


def oldest_of_newest(most: int) -> ColumnElement[datetime]:
    """When the last of the `most` newest threads was posted in, or the beginning of time if there are fewer.

    A bound for walks that look for something rare from the newest thread back, such as what a member has not read.
    """
    last = select(Thread.last_posted_at).order_by(Thread.last_posted_at.desc()).offset(most - 1).limit(1)
    return func.coalesce(last.scalar_subquery(), literal(BEGINNING, UtcDateTime()))
