"""Accounts that are being merged into others."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class AccountMerge(Model):
    """A job moves all that is the member's to the target in slices, and then deletes this row (accounts/merging.py).

    `step` is the step that the job is in, empty before the first, and `done_to` how far it is.
    """

    __tablename__ = "account_merge"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"))
    step: Mapped[str] = mapped_column(String(60), default="")
    done_to: Mapped[int] = mapped_column(default=0)
