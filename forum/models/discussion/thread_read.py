"""How far a member has read a thread."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class ThreadRead(Model):
    """The member has been shown all posts up to and including `position`."""

    __tablename__ = "thread_read"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int]
    read_at: Mapped[datetime]
