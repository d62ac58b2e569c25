"""Rows that say in a board's list where a thread went."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class MovedThread(Model):
    """The list of a board leads to a thread that was moved to another board, or has the posts of a merged one.

    The row is shown until a moment, or for good, to those who see the thread where it is now.
    """

    __tablename__ = "moved_thread"
    __table_args__ = (
        Index("ix_moved_thread_board", "board_id", "moved_at", "thread_id", "shown_until"),
        Index("ix_moved_thread_expiry", "shown_until", info={"only": "shown_until IS NOT NULL"}),
    )

    board_id: Mapped[int] = mapped_column(ForeignKey("board.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True, index=True)
    moved_at: Mapped[datetime]
    shown_until: Mapped[datetime | None]
