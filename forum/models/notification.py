"""Notifications (alerts) about other members' actions."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.discussion.post import Post
from forum.models.members.member import Member


class Notification(Model):
    """`kind` is "mention", "quote", "reply" or "reaction"; the same action notifies a member only once.

    `seen_at` is when the list of alerts was opened, `read_at` when the post was visited.
    """

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("member_id", "kind", "post_id", "actor_id", name="uq_notification_deed"),
        Index("ix_notification_member_latest", "member_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]

    actor: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[actor_id])
    post: Mapped[Post] = relationship(lazy="raise_on_sql")
