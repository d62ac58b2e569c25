"""Addresses, ranges of addresses, and e-mail domains from which nobody may register, for a time."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member


class BlockStops(StrEnum):
    """What a block stops; never reading, nor what members who are no longer new do."""

    REGISTERING = "register"
    POSTING = "post"  # registering, and posts by new members


class SignupBlock(Model):
    """One row per block, in force until `until` (None = for good) unless it was lifted earlier.

    `value` is a network such as "192.0.2.0/24" or "2001:db8::/64", a domain such as "example.com", which counts for
    those below it too, or a whole e-mail address in the form of its key. Of a value at most one block is not lifted.
    """

    __tablename__ = "signup_block"
    __table_args__ = (
        Index("ix_signup_block_open", "value", unique=True, info={"only": "ended_at IS NULL"}),
        Index("ix_signup_block_latest", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(String(254))
    stops: Mapped[str] = mapped_column(String(20), default=BlockStops.REGISTERING.value)
    created_at: Mapped[datetime]
    until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    ended_at: Mapped[datetime | None]

    by: Mapped[Member | None] = relationship(lazy="raise_on_sql")

    @property
    def is_network(self) -> bool:
        """Whether it is about addresses, not about e-mail."""
        return "/" in self.value
