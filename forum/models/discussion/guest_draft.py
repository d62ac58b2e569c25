"""Texts of guests who have yet to log in or register."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class GuestDraft(Model):
    """`place` as in Draft; the browser's cookie contains a token, of which only the hash is stored."""

    __tablename__ = "guest_draft"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    place: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(index=True)
