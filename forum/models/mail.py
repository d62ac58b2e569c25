"""Outgoing e-mail: queued in the transaction that causes it, sent by a job."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class Mail(Model):
    """Rows are deleted once sent, because the body may contain a link that gives access to an account.

    Without `try_after` the message was given up; admins see it with its last error until it is purged.
    """

    __tablename__ = "mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    try_after: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(300), default="", server_default="")
