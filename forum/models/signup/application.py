"""Applications: accounts that were registered while a moderator has to approve each."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member

MAX_APPLICATION = 1000  # characters of what applicants write
MAX_QUESTION_TO_APPLICANT = 500


class Application(Model):
    """What somebody wrote who wants to join; kept until their account is approved, then deleted.

    `question` is what a moderator wants to know before deciding, and `reply` the answer to it. A rejected application
    can be approved until `rejected_at` is long ago; then the account is deleted.
    """

    __tablename__ = "application"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    answer: Mapped[str] = mapped_column(String(MAX_APPLICATION), default="")
    question: Mapped[str] = mapped_column(String(MAX_QUESTION_TO_APPLICANT), default="")
    asked_at: Mapped[datetime | None]
    reply: Mapped[str] = mapped_column(String(MAX_APPLICATION), default="")
    replied_at: Mapped[datetime | None]
    rejected_at: Mapped[datetime | None] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")

    member: Mapped[Member] = relationship(lazy="raise_on_sql")
