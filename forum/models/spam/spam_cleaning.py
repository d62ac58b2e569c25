"""Cleanings: all that a spammer wrote and gave is removed at once, and can be brought back at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.log_entry import LogEntry
from forum.models.members.member import Member

HAS_WORK = "step <> ''"


class SpamCleaning(Model):
    """What was chosen for a cleaning, and how far it is (moderation/cleaning/).

    The log entry says who began it and when; those of its parts have that id as `batch_id`, and keep what was before.
    `step` says what is being done, empty if nothing is left; the cursor is the last thread or case, and post, that it
    has handled. `counts` says what was done. `undo_id` is the log entry of its undoing.
    """

    __tablename__ = "spam_cleaning"
    __table_args__ = (Index("ix_spam_cleaning_work", "entry_id", info={"only": HAS_WORK}),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("log_entry.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id", ondelete="SET NULL"), index=True)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    planned: Mapped[int] = mapped_column(default=0)  # threads, posts, reactions and cases, as counted before
    step: Mapped[str] = mapped_column(String(20))
    cursor: Mapped[int] = mapped_column(default=0)
    cursor_post: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    undo_id: Mapped[int | None] = mapped_column(ForeignKey("log_entry.id", ondelete="SET NULL"), index=True)
    undone_at: Mapped[datetime | None]

    entry: Mapped[LogEntry] = relationship(lazy="raise_on_sql", foreign_keys=[entry_id])
    undo_entry: Mapped[LogEntry | None] = relationship(lazy="raise_on_sql", foreign_keys=[undo_id])
    member: Mapped[Member] = relationship(lazy="raise_on_sql")

    @property
    def is_running(self) -> bool:
        """Whether something is left to do, or to undo."""
        return bool(self.step)

    @property
    def path(self) -> str:
        """Its page."""
        return f"/moderation/cleanings/{self.entry_id}"
