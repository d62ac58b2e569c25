"""Waves: several spammers who are cleaned up after in one act, which can be undone in one."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.log_entry import LogEntry

HAS_WORK = "step <> ''"


class SpamWave(Model):
    """What was chosen for several members, and how many of their cleanings have begun (moderation/cleaning/waves.py).

    The log entry says who began it and when; those of the members' cleanings have its id as `batch_id`. `step` says
    what is being done, empty if nothing is left; `cursor` is the number of members for whom it is done. `refused` are
    the ids of those who could not be cleaned. `undo_id` is the log entry of its undoing.
    """

    __tablename__ = "spam_wave"
    __table_args__ = (Index("ix_spam_wave_work", "entry_id", info={"only": HAS_WORK}),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("log_entry.id", ondelete="CASCADE"), primary_key=True)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    members: Mapped[list[int]] = mapped_column(JSON)
    refused: Mapped[list[int]] = mapped_column(JSON)
    step: Mapped[str] = mapped_column(String(20))
    cursor: Mapped[int] = mapped_column(default=0)
    undo_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id", ondelete="SET NULL"), index=True)
    finished_at: Mapped[datetime | None]

    entry: Mapped[LogEntry] = relationship(lazy="raise_on_sql", foreign_keys=[entry_id])

    @property
    def path(self) -> str:
        """Its page."""
        return f"/moderation/newcomers/{self.entry_id}"
