"""Threads that members watch or mute."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, literal_column, or_, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from forum.infra.database.db import Model
from forum.models.members.member import Member
from forum.models.watching.board_watch import BoardWatch


class ThreadWatch(Model):
    """What a member has chosen for a thread, or what their default was when they wrote in it; no row: nothing.

    `level_before` is what it was until they stopped watching everything, which they can undo.
    """

    __tablename__ = "thread_watch"
    __table_args__ = (
        Index("ix_thread_watch_thread", "thread_id", "member_id", "level"),
        Index("ix_thread_watch_muted", "member_id", "thread_id", info={"only": "level = 'muted'"}),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
    level: Mapped[str] = mapped_column(String(10))  # a WatchLevel
    level_before: Mapped[str] = mapped_column(String(10), default="", server_default="")
    changed_at: Mapped[datetime]

    @classmethod
    def is_muted(cls) -> ColumnElement[bool]:
        """SQL condition: the member has muted the thread; without a parameter, or SQLite does not use the index."""
        return cls.level == literal_column("'muted'")


# Whether a member has chosen anything for a board, or muted a thread; most have not, and their pages then ask no more.
Member.has_watches = column_property(
    or_(
        select(BoardWatch.member_id).where(BoardWatch.member_id == Member.id).correlate(Member).exists(),
        select(ThreadWatch.member_id)
        .where(ThreadWatch.member_id == Member.id, ThreadWatch.is_muted())
        .correlate(Member)
        .exists(),
    )
)
