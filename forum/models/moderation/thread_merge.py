"""Merges of two threads with so many posts that a job moves them."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.log_entry import LogEntry

HAS_WORK = "step <> ''"


class ThreadMerge(Model):
    """How far the posts of one thread have been moved to another (moderation/regrouping/slices.py).

    The log entry says who began it and when. Posts of the other thread up to the position `kept` stay where they are;
    `last` is the last position of all, known once posts move, and `opening_id` the post that opens the thread then.
    `cursor` is how far the `step` has come, which is empty at the end: a member's id, or the lowest position in which
    there is its post. `page_posts` are the first posts of the source's pages, as in its redirect.
    """

    __tablename__ = "thread_merge"
    __table_args__ = (Index("ix_thread_merge_work", "entry_id", info={"only": HAS_WORK}),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("log_entry.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[int]  # no foreign key: the thread is gone at the end
    into_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), index=True)
    redirect_days: Mapped[int | None]  # as in moderation/regrouping/merging.py
    step: Mapped[str] = mapped_column(String(20))
    cursor: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    last: Mapped[int] = mapped_column(default=0)
    opening_id: Mapped[int | None]
    page_posts: Mapped[list[int]] = mapped_column(JSON, default=list)
    planned: Mapped[int]  # posts to be moved
    finished_at: Mapped[datetime | None]

    entry: Mapped[LogEntry] = relationship(lazy="raise_on_sql")

    @property
    def path(self) -> str:
        """Its page."""
        return f"/moderation/merges/{self.entry_id}"
