"""Notes of moderators on a member, for other moderators."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member

MAX_STAFF_NOTE = 2000


class StaffNote(Model):
    """A note on a member, who never sees it."""

    __tablename__ = "staff_note"
    __table_args__ = (Index("ix_staff_note_member_latest", "member_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    text: Mapped[str] = mapped_column(String(MAX_STAFF_NOTE))

    member: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[member_id])
    author: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[author_id])
