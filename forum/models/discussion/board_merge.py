"""Boards that are being deleted: merged into others, or with all their threads."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class BoardMerge(Model):
    """Created when a board is merged into another; a job moves its threads, then deletes it and this (admin/merges.py).

    The board's threads are visible throughout, each in the board in which it is. Without a target they are deleted
    (admin/board_deletions.py).
    """

    __tablename__ = "board_merge"

    board_id: Mapped[int] = mapped_column(ForeignKey("board.id", ondelete="CASCADE"), primary_key=True)
    target_id: Mapped[int | None] = mapped_column(ForeignKey("board.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"))
