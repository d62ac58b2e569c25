"""Warnings: which kinds there are, what their points lead to, and those that members were given."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, bindparam, or_, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra import clock
from forum.infra.database.db import Model, UtcDateTime
from forum.models.discussion.post import Post
from forum.models.members.member import Member
from forum.models.moderation.decision import Decision


class ThresholdAct(StrEnum):
    """What happens when a member's points reach a threshold; the values are kinds of sanctions."""

    HOLD = "hold"
    MUTE = "mute"
    BAN = "ban"


class WarningKind(Model):
    """What members are warned for; the points count for so many `days`, with None for good.

    `text` is told to the member. What is not `is_active` cannot be chosen any more.
    """

    __tablename__ = "warning_kind"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100), unique=True)
    points: Mapped[int]
    days: Mapped[int | None]
    text: Mapped[str] = mapped_column(String(500), default="", server_default="")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    order: Mapped[int] = mapped_column(default=0, server_default="0")


class WarningThreshold(Model):
    """What happens to a member whose points in force reach a number, for so many `days` or with None for good."""

    __tablename__ = "warning_threshold"

    id: Mapped[int] = mapped_column(primary_key=True)
    points: Mapped[int] = mapped_column(unique=True)
    act: Mapped[str] = mapped_column(String(20))
    days: Mapped[int | None]


class MemberWarning(Model):
    """A warning, with what its kind was at that time, the moderator's words as `reason`, and the rule that they cite.

    Its points count until `expires_at`, unless it is withdrawn.
    """

    __tablename__ = "member_warning"
    __table_args__ = (Index("ix_member_warning_member_latest", "member_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(100))
    points: Mapped[int]
    text: Mapped[str] = mapped_column(String(500), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    rule: Mapped[str] = mapped_column(String(100), default="", server_default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    about_post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"), index=True)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id", ondelete="SET NULL"), index=True)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    withdraw_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")

    member: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[member_id])
    by: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[by_id])
    withdrawn_by: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[withdrawn_by_id])
    about_post: Mapped[Post | None] = relationship(lazy="raise_on_sql")
    decision: Mapped[Decision | None] = relationship(lazy="raise_on_sql")

    @property
    def is_in_force(self) -> bool:
        """Whether its points count."""
        return self.withdrawn_at is None and (self.expires_at is None or self.expires_at > clock.now())

    @classmethod
    def in_force(cls) -> ColumnElement[bool]:
        """SQL twin of is_in_force."""
        now = bindparam(None, callable_=clock.now, type_=UtcDateTime())
        return and_(cls.withdrawn_at.is_(None), or_(cls.expires_at.is_(None), cls.expires_at > now))
