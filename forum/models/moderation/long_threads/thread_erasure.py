"""Threads with so many posts that a job deletes them for good."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from forum.models.moderation.long_threads.stepwise import HAS_WORK, Stepwise


class ThreadErasure(Stepwise):
    """How far a thread is deleted for good (admin/removal/thread_erasures.py); `cursor` is how many posts are gone."""

    __tablename__ = "thread_erasure"
    __table_args__ = (Index("ix_thread_erasure_work", "entry_id", info={"only": HAS_WORK}),)

    thread_id: Mapped[int]  # no foreign key: the thread is gone at the end

    @property
    def path(self) -> str:
        """Its page."""
        return f"/moderation/erasures/{self.entry_id}"
