"""Merges of two threads with so many posts that a job moves them."""

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from forum.models.moderation.long_threads.stepwise import HAS_WORK, Stepwise


class ThreadMerge(Stepwise):
    """How far the posts of one thread have been moved to another (moderation/long_threads/merge_slices.py).

    Posts of the other thread up to the position `kept` stay where they are; `last` is the last position of all, known
    once posts move, and `opening_id` the post that opens the thread then. `cursor` is a member's id, or the lowest
    position in which there is its post. `page_posts` are the first posts of the source's pages, as in its redirect.
    """

    __tablename__ = "thread_merge"
    __table_args__ = (Index("ix_thread_merge_work", "entry_id", info={"only": HAS_WORK}),)

    source_id: Mapped[int]  # no foreign key: the thread is gone at the end
    into_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), index=True)
    redirect_days: Mapped[int | None]  # as in moderation/regrouping/merging.py
    kept: Mapped[int] = mapped_column(default=0)
    last: Mapped[int] = mapped_column(default=0)
    opening_id: Mapped[int | None]
    page_posts: Mapped[list[int]] = mapped_column(JSON, default=list)

    @property
    def path(self) -> str:
        """Its page."""
        return f"/moderation/merges/{self.entry_id}"
