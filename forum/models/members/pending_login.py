"""Logins that wait for the code of an authenticator app; the cookie contains a token, of which the hash is stored."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member


class PendingLogin(Model):
    """A row exists from the right password to the right code; nobody is logged in by it."""

    __tablename__ = "pending_login"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    is_persistent: Mapped[bool] = mapped_column(default=False)
    keeps_account: Mapped[bool] = mapped_column(default=False)  # the member wants to keep their closed account

    member: Mapped[Member] = relationship(lazy="raise_on_sql")
