"""Members whom other members ignore."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member


class IgnoredMember(Model):
    """A member whom another one ignores. Only the latter knows; it has no effect while the ignored are staff."""

    __tablename__ = "ignored_member"
    __table_args__ = (Index("ix_ignored_member_ignored_id", "ignored_id", "member_id"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    ignored_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime]

    ignored: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[ignored_id])


# whether to read whom the member ignores: most ignore nobody, and their pages cost no further statement
Member.ignores_some = column_property(
    select(IgnoredMember.ignored_id)
    .where(IgnoredMember.member_id == Member.id)
    .correlate_except(IgnoredMember)
    .exists()
)
