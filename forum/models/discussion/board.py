"""Boards, which contain threads; a category is a board that only groups other boards."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model
from forum.infra.text.slugs import path_of


class BoardApproval(StrEnum):
    """What waits for the approval of a board's moderators."""

    NOTHING = ""
    THREADS = "threads"
    ALL = "all"  # replies too


class Board(Model):
    """A node of the board tree.

    It is open to the groups on its access list (board_access), or on its parent's if it has none of its own
    (site/access.py).

    Counts do not include sub-boards, and only include threads and posts that everybody with access to the board sees.
    """

    __tablename__ = "board"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str] = mapped_column(Text, default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("board.id"), index=True)
    is_category: Mapped[bool] = mapped_column(default=False)
    order: Mapped[int] = mapped_column(default=0)
    has_access_list: Mapped[bool] = mapped_column(default=False, server_default="false")
    is_closed: Mapped[bool] = mapped_column(default=False, server_default="false")  # only its moderators write in it
    approval: Mapped[str] = mapped_column(String(10), default="", server_default="")  # BoardApproval
    rules: Mapped[str] = mapped_column(Text, default="", server_default="", deferred=True)  # Markdown
    thread_count: Mapped[int] = mapped_column(default=0)
    post_count: Mapped[int] = mapped_column(default=0)
    last_thread_id: Mapped[int | None]  # no foreign key: threads already reference boards
    last_posted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")  # increases with its counts and its last post

    @property
    def path(self) -> str:
        """The board's path on this site."""
        return path_of("boards", self.id, self.title)
