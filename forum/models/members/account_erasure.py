"""Closed accounts that are still to be erased."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class AccountErasure(Model):
    """From `erase_at` on, a job erases the account in slices (accounts/erasing.py), and then deletes this row.

    `step` is the step that the job is in, empty before the first, and `done_to` how far it is. `names` are the names
    that the member had, one a line, for finding them in what others wrote.
    """

    __tablename__ = "account_erasure"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime]
    erase_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"))
    deletes_posts: Mapped[bool] = mapped_column(default=False)
    names: Mapped[str] = mapped_column(Text, default="")
    step: Mapped[str] = mapped_column(String(20), default="")
    done_to: Mapped[int] = mapped_column(default=0)
