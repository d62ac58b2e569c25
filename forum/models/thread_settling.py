"""A thread that was deleted or brought back and whose posts still follow."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.db import Model


class DeleteBackfill(Model):
    """Written with the act, taken away by the job that has come to the end of the thread (threads/delete_backfill.py).

    Posts above the position `counted_above` count for their authors, the others do not, whatever the thread is now.
    Replies up to `indexed_to` are in the search index, or out of it, as the thread is now.
    """

    __tablename__ = "thread_settling"

    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
    counted_above: Mapped[int]
    indexed_to: Mapped[int]
