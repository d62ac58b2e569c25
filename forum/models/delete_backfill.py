"""Pending backfill of threads that were deleted or undeleted."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class DeleteBackfill(Model):
    """Created with the deletion, removed by the job when it has processed all posts (threads/delete_backfill.py).

    Posts above position `counted_above` count for their authors, the others do not, whatever the thread's state is now.
    Replies up to `indexed_to` are in the search index, or not in it, according to the thread's current state.
    """

    __tablename__ = "thread_settling"

    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
    counted_above: Mapped[int]
    indexed_to: Mapped[int]
