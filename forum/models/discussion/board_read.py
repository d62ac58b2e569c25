"""When a member marked a board as read."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class BoardRead(Model):
    """Posts in the board older than `read_at` count as read; `Member.read_all_at` does the same for all boards."""

    __tablename__ = "board_read"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id", ondelete="CASCADE"), primary_key=True)
    read_at: Mapped[datetime]
