"""The board: where threads live; a category is a board that only groups others."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.db import Model
from forum.infra.slugs import path_of

AUDIENCES = ("guest", "member", "moderator", "admin")


def _own_audience(context: Any) -> str:
    """What a new board is visible to until it has inherited."""
    return str(context.get_current_parameters()["audience"])


class Board(Model):
    """A node of the tree.

    `audience` is the least that may see it and its threads, as far as they may see its parent; `visible_to` is what
    that comes to (boards/inheritance.py). `posters` is the least that may start threads.

    Counts are of the board alone, not of those below it, and of threads and posts that everybody there sees.
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
    last_thread_id: Mapped[int | None]  # no foreign key: threads already point at boards
    last_posted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")  # moves with its counts and its last post

    @property
    def path(self) -> str:
        """Its address on this site."""
        return path_of("boards", self.id, self.title)
