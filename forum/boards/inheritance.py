"""Inherited audiences: a board's effective audience is the narrowest of its own and its ancestors'."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from forum.infra.database.db import session
from forum.models import Board
from forum.models.discussion.board import AUDIENCES


def effective_audiences() -> Select[Any]:
    """One row per board with `visible_to`: the narrowest audience from the root down to the board."""
    top = select(Board.id, _rank(Board.audience).label("rank")).where(Board.parent_id.is_(None))
    path = top.cte("way", recursive=True)
    child = aliased(Board)
    own = _rank(child.audience)
    narrower = case((own > path.c.rank, own), else_=path.c.rank)
    path = path.union_all(select(child.id, narrower).join(path, child.parent_id == path.c.id))
    return select(path.c.id, case(dict(enumerate(AUDIENCES)), value=path.c.rank).label("visible_to"))


def update_effective_audiences() -> int:
    """Update `visible_to` of every board, after boards were written; return how many boards changed."""
    true = effective_audiences().subquery("truth")
    changed = update(Board).where(Board.id == true.c.id, Board.visible_to.is_distinct_from(true.c.visible_to))
    statement = changed.values(visible_to=true.c.visible_to).returning(Board.id)
    ids = set(session.scalars(statement.execution_options(synchronize_session=False)))
    for loaded in session:
        if isinstance(loaded, Board) and loaded.id in ids:
            session.expire(loaded, ["visible_to"])
    return len(ids)


def _rank(audience: InstrumentedAttribute[str]) -> ColumnElement[int]:
    return case({name: rank for rank, name in enumerate(AUDIENCES)}, value=audience, else_=len(AUDIENCES) - 1)
