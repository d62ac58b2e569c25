"""Threads: a title, and the stored values that thread lists show."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.infra.text.slugs import path_of
from forum.models.discussion.board import Board
from forum.models.discussion.visibility import HasVisibility
from forum.models.members.member import Member

IS_PINNED_EVERYWHERE = "is_pinned_everywhere"  # the condition of an index, as SQL


class Thread(HasVisibility, Model):
    """Posts have positions 1, 2, 3 …, never reused in a `generation`, which ends when posts are merged in or split off.

    `last_position` is the highest assigned in it.

    `last_visible_position` is the position of the last post that everybody sees; for guests and members, pagination
    ends there.

    `base_post_count` counts posts that an archive knows of but does not contain: they take the first positions and are
    included in `reply_count`. The last post is the last that everybody sees; `last_post_id` is None if the archive does
    not contain it.
    """

    __tablename__ = "thread"
    # a covering index per list, in its sort order, for selecting a page: threads/list_queries.py
    __table_args__ = (
        Index("ix_thread_board_latest", "board_id", "is_pinned", "last_posted_at", "id", "visibility"),
        Index("ix_thread_board_started", "board_id", "is_pinned", "started_at", "id", "visibility"),
        Index("ix_thread_board_replies", "board_id", "is_pinned", "reply_count", "id", "visibility"),
        Index("ix_thread_board_views", "board_id", "is_pinned", "view_count", "id", "visibility"),
        Index("ix_thread_board_newest", "board_id", "last_posted_at"),
        Index("ix_thread_latest", "last_posted_at", "id", "board_id", "visibility"),
        Index("ix_thread_started", "started_at", "id", "board_id", "visibility"),
        Index("ix_thread_replies", "reply_count", "id", "board_id", "visibility"),
        Index("ix_thread_views", "view_count", "id", "board_id", "visibility"),
        Index("ix_thread_starter", "starter_id", "started_at", "id", "board_id", "visibility"),
        Index("ix_thread_hidden", "board_id", "deleted_at", "visibility", info={"only": "visibility != 0"}),
        Index("ix_thread_pinned_everywhere", "id", "visibility", info={"only": IS_PINNED_EVERYWHERE}),
        Index("ix_thread_pinned_until", "pinned_until", info={"only": "pinned_until IS NOT NULL"}),
        Index("ix_thread_locks_at", "locks_at", info={"only": "locks_at IS NOT NULL"}),
        Index("ix_thread_locked_until", "locked_until", info={"only": "locked_until IS NOT NULL"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id"))
    title: Mapped[str] = mapped_column(String(150))
    starter_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    started_at: Mapped[datetime]
    is_pinned: Mapped[bool] = mapped_column(default=False)
    # pinned also on top of the lists of all other boards; then it is pinned in its own
    is_pinned_everywhere: Mapped[bool] = mapped_column(default=False, server_default=false())
    pinned_until: Mapped[datetime | None]  # a job unpins it
    is_locked: Mapped[bool] = mapped_column(default=False)
    locks_at: Mapped[datetime | None]  # a job locks it then
    locked_until: Mapped[datetime | None]  # a job unlocks it
    lock_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")  # shown in the thread
    slow_minutes: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")  # between posts of a member
    view_count: Mapped[int] = mapped_column(default=0)
    reply_count: Mapped[int] = mapped_column(default=0)
    last_position: Mapped[int] = mapped_column(default=0)
    last_visible_position: Mapped[int] = mapped_column(default=0, server_default="0")
    last_post_id: Mapped[int | None]
    last_poster_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    last_posted_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=0, server_default="0")  # increases with its pages' public content
    generation: Mapped[int] = mapped_column(default=0, server_default="0")
    # a job moves its posts to another thread, or those of another to it: positions have a gap meanwhile
    is_being_merged: Mapped[bool] = mapped_column(default=False, server_default=false())
    base_post_count: Mapped[int] = mapped_column(default=0)
    base_last_poster_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    base_last_posted_at: Mapped[datetime | None]

    board: Mapped[Board] = relationship(lazy="raise_on_sql", foreign_keys=[board_id])
    starter: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[starter_id])
    last_poster: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[last_poster_id])

    @property
    def path(self) -> str:
        """The thread's path on this site."""
        return path_of("threads", self.id, self.title)
