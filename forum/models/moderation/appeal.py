"""What members say against a decision about them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.moderation.decision import Decision
from forum.models.moderation.review_item import ReviewItem

UPHOLD, REVERSE = "uphold", "reverse"  # the decisions of a case that is an appeal
MAX_APPEAL_WORDS = 2000


class Appeal(Model):
    """The one appeal against a decision; its case says who decided about it, how, and with which answer."""

    __tablename__ = "appeal"

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"), unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("review_item.id", ondelete="CASCADE"), unique=True)
    words: Mapped[str] = mapped_column(String(MAX_APPEAL_WORDS))
    created_at: Mapped[datetime]

    decided: Mapped[Decision] = relationship(lazy="raise_on_sql")
    item: Mapped[ReviewItem] = relationship(lazy="raise_on_sql")
