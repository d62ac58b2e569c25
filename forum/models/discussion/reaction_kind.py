"""Reaction kinds, with what each adds to the author's score."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class ReactionKind(Model):
    """A row for each kind: `key` for programs, `name` and `symbol` for people, `score` +1, 0 or −1."""

    __tablename__ = "reaction_kind"
    __table_args__ = (CheckConstraint("score IN (-1, 0, 1)", name="score"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(30))
    symbol: Mapped[str] = mapped_column(String(16))
    score: Mapped[int]
    order: Mapped[int] = mapped_column(default=0)
