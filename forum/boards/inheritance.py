"""A board is never visible to more than its parent: what each board's own audience and those above it come to."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from forum.infra.db import session
from forum.models import Board
from forum.models.board import AUDIENCES


def effective_audiences() -> Select[Any]:
    """A row a board with `visible_to`: the narrowest audience on the way down to it."""
    top = select(Board.id, _rank(Board.audience).label("rank")).where(Board.parent_id.is_(None))
    way = top.cte("way", recursive=True)
    child = aliased(Board)
    own = _rank(child.audience)
    narrower = case((own > way.c.rank, own), else_=way.c.rank)
    way = way.union_all(select(child.id, narrower).join(way, child.parent_id == way.c.id))
    return select(way.c.id, case(dict(enumerate(AUDIENCES)), value=way.c.rank).label("visible_to"))


def update_effective_audiences() -> int:
    """Store it for every board, after boards were written: how many were changed by it."""
    true = effective_audiences().subquery("truth")
    changed = update(Board).where(Board.id == true.c.id, Board.visible_to.is_distinct_from(true.c.visible_to))
    statement = changed.values(visible_to=true.c.visible_to).returning(Board.id)
    ids = set(session.scalars(statement.execution_options(synchronize_session=False)))
    for each in session:
        if isinstance(each, Board) and each.id in ids:
            session.expire(each, ["visible_to"])
    return len(ids)


def _rank(audience: InstrumentedAttribute[str]) -> ColumnElement[int]:
    return case({name: rank for rank, name in enumerate(AUDIENCES)}, value=audience, else_=len(AUDIENCES) - 1)
