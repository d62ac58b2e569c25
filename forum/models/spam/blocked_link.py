"""Domains to which new members cannot link without a moderator's look."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member

MAX_DOMAIN = 253  # characters


class BlockedLink(Model):
    """A domain with those below it, blocked until a time; a block that was lifted or has ended stays as a row."""

    __tablename__ = "blocked_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(String(MAX_DOMAIN), unique=True)
    until: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)

    by: Mapped[Member | None] = relationship(lazy="raise_on_sql")
