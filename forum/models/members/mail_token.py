"""Secrets that open one thing each: password reset, verification, e-mail change, first admin, appeals of the banned."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member


class Purpose(StrEnum):
    """What a token authorizes."""

    RESET = "reset"
    VERIFY = "verify"
    CHANGE_EMAIL = "change-email"
    SETUP = "setup"
    BANNED = "banned"  # reading the decisions about a banned member, and appealing
    BANNED_CODE = "banned-code"  # the same, once the code of two-factor authentication is entered


class MailToken(Model):
    """Only the hash is stored; a used or replaced token is deleted."""

    __tablename__ = "mail_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    member: Mapped[Member | None] = relationship(lazy="raise_on_sql")
