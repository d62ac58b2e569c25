"""Outgoing e-mail: queued in the transaction that causes it, sent by a job."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class Mail(Model):
    """Rows are deleted once sent, because the body may contain a link that gives access to an account.

    Without `try_after` the message was given up; admins see it with its last error until it is purged.

    A message with a `kind` tells `member_id` of something that they can unsubscribe from: of `notification_id`, or of
    what is new, in a digest. Its recipient, subject and text are made when it is sent, from what the member may see
    then; one that has nothing to say any more is not sent.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index(
            "ix_mail_notification_once", "notification_id", unique=True, info={"only": "notification_id IS NOT NULL"}
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    try_after: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    notification_id: Mapped[int | None] = mapped_column(ForeignKey("notification.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20), default="", server_default="")
    last_error: Mapped[str] = mapped_column(String(300), default="", server_default="")
