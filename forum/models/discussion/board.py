"""Boards, which contain threads; a category is a board that only groups other boards."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model
from forum.infra.text.slugs import path_of

AUDIENCES = ("guest", "member", "moderator", "admin")


def _own_audience(context: Any) -> str:
    """The default of `visible_to` for a new board, until inheritance is applied."""
    return str(context.get_current_parameters()["audience"])


class Board(Model):
    """A node of the board tree.

    `audience` is the lowest role that may see the board and its threads, provided that it may see the parent;
    `visible_to` is the effective value (boards/inheritance.py). `posters` is the lowest role that may start threads.

    Counts do not include sub-boards, and only include threads and posts that everybody with access to the board sees.
    """

    __tablename__ = "board"
    __table_args__ = (
        CheckConstraint("audience IN ('guest', 'member', 'moderator', 'admin')", name="audience"),
        CheckConstraint("posters IN ('member', 'moderator', 'admin')", name="posters"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str] = mapped_column(Text, default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("board.id"), index=True)
    is_category: Mapped[bool] = mapped_column(default=False)
    order: Mapped[int] = mapped_column(default=0)
    audience: Mapped[str] = mapped_column(String(20), default="guest")
    visible_to: Mapped[str] = mapped_column(String(20), default=_own_audience, server_default="admin")
    posters: Mapped[str] = mapped_column(String(20), default="member")
    thread_count: Mapped[int] = mapped_column(default=0)
    post_count: Mapped[int] = mapped_column(default=0)
    last_thread_id: Mapped[int | None]  # no foreign key: threads already reference boards
    last_posted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")  # increases with its counts and its last post

    @property
    def path(self) -> str:
        """The board's path on this site."""
        return path_of("boards", self.id, self.title)
