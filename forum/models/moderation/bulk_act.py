"""Acts of moderators on many threads or posts at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.log_entry import LogEntry

IS_UNFINISHED = "finished_at IS NULL"


class BulkAct(Model):
    """What is left to do of an act on many, and how it went with each that is done (moderation/bulk.py).

    The log entry says who began it and when; the entries of its parts have that id as `batch_id`. `pending` are ids of
    threads, of posts, or of log entries to undo; `outcomes` are lists of an id, and why it was not done, empty if it
    was.
    """

    __tablename__ = "bulk_act"
    __table_args__ = (Index("ix_bulk_act_unfinished", "entry_id", info={"only": IS_UNFINISHED}),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("log_entry.id", ondelete="CASCADE"), primary_key=True)
    act: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(200), default="")
    rule: Mapped[str] = mapped_column(String(100), default="", server_default="")
    board_id: Mapped[int | None]
    redirect_days: Mapped[int | None]  # of moved threads, as in moderation/tools.py
    pending: Mapped[list[int]] = mapped_column(JSON)
    outcomes: Mapped[list[list[Any]]] = mapped_column(JSON)
    finished_at: Mapped[datetime | None]

    entry: Mapped[LogEntry] = relationship(lazy="raise_on_sql")
