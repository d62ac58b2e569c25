"""The keys by which push services know this forum (RFC 8292)."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class PushKey(Model):
    """The only row: browsers are subscribed to the public key, so it stays the same for ever. Base64url without "="."""

    __tablename__ = "push_key"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    public_key: Mapped[str] = mapped_column(String(100))
    private_key: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
