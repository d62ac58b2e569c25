"""Reports by members, which are the reasons of a case, and the notes of moderators on it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member
from forum.models.moderation.review_item import ReviewItem

UPHELD, DISMISSED = "upheld", "dismissed"  # the decisions of a case that members reported
MAX_REPORT_WORDS, MAX_NOTE, MAX_ANSWER, MAX_SEEN_TEXT = 1000, 2000, 1000, 2000


class ReportKind(StrEnum):
    """What a member says is wrong."""

    SPAM = "spam"
    ABUSE = "abuse"
    OFF_TOPIC = "off-topic"
    ILLEGAL = "illegal"
    OTHER = "other"


class Report(Model):
    """A member's report of a post or of another member; of each case they have one at most.

    `revision` is the number of edits that the post had then; `seen_text` is what the reported member's profile said.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("item_id", "member_id", name="uq_report_item_member"),
        Index("ix_report_figures", "created_at", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("review_item.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(MAX_REPORT_WORDS), default="", server_default="")
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    seen_text: Mapped[str] = mapped_column(String(MAX_SEEN_TEXT), default="", server_default="")

    item: Mapped[ReviewItem] = relationship(lazy="raise_on_sql")
    member: Mapped[Member] = relationship(lazy="raise_on_sql")


class ReviewNote(Model):
    """What a moderator wrote about a case, for other moderators."""

    __tablename__ = "review_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("review_item.id", ondelete="CASCADE"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(String(MAX_NOTE))

    member: Mapped[Member] = relationship(lazy="raise_on_sql")
