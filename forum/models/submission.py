"""Stored responses by idempotency key, so that a write sent twice is executed once."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class Submission(Model):
    """`key` hashes the sender's key and, for forms, the content; for API keys, `fingerprint` hashes the content.

    Rows are kept for a day.
    """

    __tablename__ = "submission"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[int] = mapped_column(default=0)
    location: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(index=True)
