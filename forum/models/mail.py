"""Outgoing e-mail: queued in the transaction that causes it, sent by a job."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class Hold(StrEnum):
    """Why a message waits that was not tried."""

    LIMIT = "limit"  # a limit of mail, in all, to a domain or to a member
    DOMAIN = "domain"  # the mail server takes nothing for this domain at the moment


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
        Index("ix_mail_account", "try_after", info={"only": "kind = ''"}),
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
    held_by: Mapped[str] = mapped_column(String(10), default="", server_default="")  # a Hold, until it is tried


class FailureKind(StrEnum):
    """How a message to a member failed after it was sent, or when its recipient was refused."""

    HARD = "hard"  # there is no such mailbox
    SOFT = "soft"  # such as a full mailbox
    COMPLAINT = "complaint"


class MailFailure(Model):
    """That mail to a member failed on a day; the address they have now. Rows go after FAILURE_LIFETIME."""

    __tablename__ = "mail_failure"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    failed_at: Mapped[datetime] = mapped_column(index=True)
    words: Mapped[str] = mapped_column(String(300), default="")  # of the mail server
