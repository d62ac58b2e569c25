"""Members whom other members ignore."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, cast, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member, Role


class IgnoredMember(Model):
    """A member whom another one ignores. Only the latter knows; it has no effect while the ignored are staff."""

    __tablename__ = "ignored_member"
    __table_args__ = (
        CheckConstraint("member_id <> ignored_id", name="others"),
        Index("ix_ignored_member_ignored_id", "ignored_id", "member_id"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    ignored_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime]

    ignored: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[ignored_id])


# The ids of those whom a member ignores, separated by commas; NULL if there are none. They come with the member's row,
# so that no page costs a statement more. Nobody ignores those who have become staff.
_others = Member.__table__.alias()
Member.ignored_ids = column_property(
    select(func.aggregate_strings(cast(IgnoredMember.ignored_id, String), ","))
    .join(_others, _others.c.id == IgnoredMember.ignored_id)
    .where(IgnoredMember.member_id == Member.id, _others.c.role == Role.MEMBER.value)
    .correlate(Member)
    .scalar_subquery()
)
