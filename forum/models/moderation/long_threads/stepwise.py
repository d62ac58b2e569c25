"""What the rows of such jobs have in common."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model

HAS_WORK = "step <> ''"


class Stepwise(Model):
    """Work that is done in many short transactions, each of which stores how far it is.

    The log entry says who began it and when. `cursor` is how far the `step` has come, which is empty at the end.
    """

    __abstract__ = True

    entry_id: Mapped[int] = mapped_column(ForeignKey("log_entry.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[str] = mapped_column(String(20))
    cursor: Mapped[int] = mapped_column(default=0)
    planned: Mapped[int]  # posts to be moved, or deleted
    finished_at: Mapped[datetime | None]
