"""Audit log entries: who did what to whom or what, when and from which IP address."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member

EXPIRED = "expired"  # in place of an IP address that was stored for as long as the setting `address_days` says
HAS_ADDRESS = "address NOT IN ('', 'expired')"  # with literals, so that SQLite uses the index


class LogEntry(Model):
    """Rows are only ever added; no page or endpoint changes them. Their IP addresses expire.

    `action` names what happened ("login-failed", "lock-thread"); `target` names the object ("thread:12"). `batch_id` is
    the entry of the act on many of which this is a part.
    """

    __tablename__ = "log_entry"
    __table_args__ = (
        Index("ix_log_entry_target", "target"),
        Index("ix_log_entry_action", "action", "at"),
        Index("ix_log_entry_expiring", "at", info={"only": HAS_ADDRESS}),
        Index("ix_log_entry_batch", "batch_id", info={"only": "batch_id IS NOT NULL"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    action: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(60), default="")
    address: Mapped[str] = mapped_column(String(45), default="", index=True)
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    batch_id: Mapped[int | None]

    actor: Mapped[Member | None] = relationship(lazy="raise_on_sql")
