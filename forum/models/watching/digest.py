"""Digests: when each member gets one by e-mail, and of what they were told."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, SmallInteger, String, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model

DEFAULT_HOUR = 8
NEEDS_PLAN = "needs_plan"  # the condition of an index, as SQL


class Frequency(StrEnum):
    """How often a member gets a digest of the forum; without a choice the operator's default counts."""

    DAILY = "daily"
    WEEKLY = "weekly"
    WATCHED = "watched"  # only of threads and boards that they watch with a digest
    OFF = "off"  # none at all


class Digest(Model):
    """A row for each member, made by a job or with their first choice.

    `next_at` is when a job looks again what is new for them, None for never; `needs_plan` lets it be computed anew.
    `told` has the threads of the last digests as JSON: by id the position told to, its generation, and the day.
    """

    __tablename__ = "digest"
    __table_args__ = (
        Index("ix_digest_next", "next_at", info={"only": "next_at IS NOT NULL"}),
        Index("ix_digest_unplanned", "member_id", info={"only": NEEDS_PLAN}),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    frequency: Mapped[str] = mapped_column(String(10), default="", server_default="")  # a Frequency; empty: the forum's
    frequency_before: Mapped[str | None] = mapped_column(String(10))  # until they unsubscribed, which can be undone
    hour: Mapped[int] = mapped_column(SmallInteger, default=DEFAULT_HOUR, server_default=str(DEFAULT_HOUR))
    weekday: Mapped[int | None] = mapped_column(SmallInteger)  # 0: Monday; None: one that follows from their id
    time_zone: Mapped[str] = mapped_column(String(60), default="", server_default="")  # empty: the forum's
    needs_plan: Mapped[bool] = mapped_column(default=True, server_default=true())
    next_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]  # when a job last looked, whether or not there was enough to tell
    last_sent_at: Mapped[datetime | None]
    told: Mapped[str] = mapped_column(Text, default="{}", server_default="{}")
