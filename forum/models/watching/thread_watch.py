"""Threads that members watch or mute."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class ThreadWatch(Model):
    """What a member has chosen for a thread, or what their default was when they wrote in it; no row: nothing.

    `level_before` is what it was until they stopped watching everything, which they can undo.
    """

    __tablename__ = "thread_watch"
    __table_args__ = (Index("ix_thread_watch_thread", "thread_id", "member_id", "level"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
    level: Mapped[str] = mapped_column(String(10))  # a WatchLevel
    level_before: Mapped[str] = mapped_column(String(10), default="", server_default="")
    changed_at: Mapped[datetime]
