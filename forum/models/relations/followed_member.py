"""Members whom other members follow."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member


class FollowedMember(Model):
    """A member whom another one follows, who is told of the threads that they start."""

    __tablename__ = "followed_member"
    __table_args__ = (
        CheckConstraint("member_id <> followed_id", name="others"),
        Index("ix_followed_member_followed_id", "followed_id", "member_id"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    followed_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime]

    member: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[member_id])
    followed: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[followed_id])
