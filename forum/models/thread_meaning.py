"""What a thread means, as a language model put it; only where one is installed."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.db import Model


class ThreadEmbedding(Model):
    """Directions of the title, and of title and first post together: bytes that only the same model can compare."""

    __tablename__ = "thread_meaning"

    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
    model: Mapped[str] = mapped_column(String(40))
    title: Mapped[bytes]
    text: Mapped[bytes]
