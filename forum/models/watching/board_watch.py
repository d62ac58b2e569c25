"""Boards that members watch or mute."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model
from forum.models.watching.level import ToldOf


class BoardWatch(Model):
    """What a member has chosen for a board, and for those below it for which they have chosen nothing.

    `level_before` as in ThreadWatch.
    """

    __tablename__ = "board_watch"
    __table_args__ = (Index("ix_board_watch_board", "board_id", "member_id"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id", ondelete="CASCADE"), primary_key=True)
    level: Mapped[str] = mapped_column(String(10))  # a WatchLevel
    level_before: Mapped[str] = mapped_column(String(10), default="", server_default="")
    told_of: Mapped[str] = mapped_column(String(10), default=ToldOf.THREADS, server_default="threads")
    changed_at: Mapped[datetime]
