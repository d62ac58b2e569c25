"""Sanctions: what a member may no longer do, why, until when, and who decided it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, bindparam, or_, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from forum.infra import clock
from forum.infra.database.db import Model, UtcDateTime
from forum.models.members.member import Member


class SanctionKind(StrEnum):
    """What a sanction forbids."""

    BAN = "ban"  # to log in and to write
    MUTE = "mute"  # to write and to react


class Sanction(Model):
    """One row per decision, in force until `until` (None = indefinitely) unless it was ended earlier.

    `scope` is where it applies: "" for the whole forum, "board:7" for a board and those inside it,
    "thread:7" for a thread. Per member, kind and
    scope, at most one is not ended.
    """

    __tablename__ = "sanction"
    __table_args__ = (
        Index("ix_sanction_open", "member_id", "kind", "scope", unique=True, info={"only": "ended_at IS NULL"}),
        Index("ix_sanction_scope", "scope"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime]
    until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    ended_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[member_id])
    by: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[by_id])


def bans_in_force() -> ColumnElement[bool]:
    """SQL condition over Sanction: bans from the whole forum that have neither expired nor been ended."""
    return and_(Sanction.kind == SanctionKind.BAN.value, Sanction.scope == "", _is_in_force())


def mutes_in_force() -> ColumnElement[bool]:
    """SQL condition over Sanction: mutes, in whatever scope, that have neither expired nor been ended."""
    return and_(Sanction.kind == SanctionKind.MUTE.value, _is_in_force())


def _is_in_force() -> ColumnElement[bool]:
    now = bindparam(None, callable_=clock.now, type_=UtcDateTime())
    return and_(Sanction.ended_at.is_(None), or_(Sanction.until.is_(None), Sanction.until > now))


Member.is_banned = column_property(
    select(Sanction.id).where(Sanction.member_id == Member.id, bans_in_force()).correlate_except(Sanction).exists()
)
Member.is_muted = column_property(
    select(Sanction.id).where(Sanction.member_id == Member.id, mutes_in_force()).correlate_except(Sanction).exists()
)
