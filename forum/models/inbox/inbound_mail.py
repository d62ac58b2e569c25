"""Messages of the mailbox that were handled."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class InboundMail(Model):
    """That a message to one of the forum's addresses was handled, so that reading it again changes nothing.

    `key` hashes its Message-ID and the address's word. `outcome` is "posted", "held" or the reason of a refusal. Rows
    are written with what they caused, and deleted after 90 days.
    """

    __tablename__ = "inbound_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[str] = mapped_column(String(20), default="")
    received_at: Mapped[datetime] = mapped_column(index=True)
