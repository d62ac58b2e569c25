"""The authenticator apps of members with two-factor authentication."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class TwoFactor(Model):
    """The secret that a member's app shares; it is in use once `Member.two_factor_at` is set."""

    __tablename__ = "two_factor"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(32))
    last_step: Mapped[int] = mapped_column(default=0)  # the time step of the last code that was accepted
    created_at: Mapped[datetime]
