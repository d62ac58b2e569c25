"""Notices of illegal content, which guests send too, and the content that they are about."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.moderation.review_item import ReviewItem

MAX_NOTICE_WORDS, MAX_LAW, MAX_NOTIFIER = 4000, 200, 100
MAX_NOTICED_ADDRESS = 300


class IllegalNotice(Model):
    """What somebody says is illegal, and who says so; `name` and `email` are emptied some time after the decision.

    `decided_at` is when the last of its cases was decided first, and `was_right` whether any of them was upheld.
    """

    __tablename__ = "illegal_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(String(MAX_NOTIFIER), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    law: Mapped[str] = mapped_column(String(MAX_LAW), default="")
    words: Mapped[str] = mapped_column(String(MAX_NOTICE_WORDS))
    created_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    was_right: Mapped[bool] = mapped_column(default=False, server_default="false")

    contents: Mapped[list["NoticedContent"]] = relationship(lazy="raise_on_sql", order_by="NoticedContent.id")


class NoticedContent(Model):
    """One thing that a notice is about, with its case; without one once the content has been deleted for good."""

    __tablename__ = "noticed_content"
    __table_args__ = (UniqueConstraint("item_id", "notice_id", name="uq_noticed_content_item_notice"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("illegal_notice.id", ondelete="CASCADE"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("review_item.id", ondelete="SET NULL"))
    address: Mapped[str] = mapped_column(String(MAX_NOTICED_ADDRESS))

    notice: Mapped[IllegalNotice] = relationship(lazy="raise_on_sql", back_populates="contents")
    item: Mapped[ReviewItem | None] = relationship(lazy="raise_on_sql")
