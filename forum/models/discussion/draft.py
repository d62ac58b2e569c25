"""Drafts: text that a member has typed but not yet posted."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class Draft(Model):
    """`place` is where it would be posted: "board:3", "thread:12" or "post:55" (an edit)."""

    __tablename__ = "draft"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    updated_at: Mapped[datetime]
