"""Similar threads, found when either thread was written."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class SimilarThread(Model):
    """A higher score means more similar. More rows are stored than shown, as a reader may not see all the threads."""

    __tablename__ = "similar_thread"
    __table_args__ = (Index("ix_similar_thread_best", "thread_id", "score"),)

    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
    similar_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True, index=True)
    score: Mapped[float]
