"""The prepared reasons as the snapshot holds them."""

from typing import NamedTuple

from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import PreparedReason, ReasonFor


class Prepared(NamedTuple):
    """A prepared reason, and the acts for which it is offered."""

    id: int
    title: str
    text: str
    rule: str
    acts: frozenset[ReasonFor]


def load_prepared() -> tuple[Prepared, ...]:
    """All prepared reasons in their order."""
    rows = session.scalars(select(PreparedReason).order_by(PreparedReason.order, PreparedReason.id))
    return tuple(Prepared(row.id, row.title, row.text, row.rule, _acts_of(row)) for row in rows)


def _acts_of(row: PreparedReason) -> frozenset[ReasonFor]:
    return frozenset(act for act in ReasonFor if getattr(row, f"for_{act.value}"))
