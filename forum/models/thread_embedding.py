"""Embeddings of threads, if a language model is installed."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class ThreadEmbedding(Model):
    """Embeddings of the title, and of title and first post together; only comparable within the same `model`."""

    __tablename__ = "thread_meaning"

    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
    model: Mapped[str] = mapped_column(String(40))
    title: Mapped[bytes]
    text: Mapped[bytes]
