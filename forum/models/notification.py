"""Notifications (alerts) about other members' actions, and about what staff decided."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.discussion.post import Post
from forum.models.members.member import Member


class Notification(Model):
    """`kind` is "mention", "quote", "reply" or "reaction"; the same action notifies a member only once.

    Others have neither post nor actor, but a `subject` such as "decision:12", of which a member is told once per kind,
    and `details`: `title` of the thread, `reason`.

    `seen_at` is when the list of alerts was opened, `read_at` when the post or the page of the subject was visited.
    """

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("member_id", "kind", "post_id", "actor_id", name="uq_notification_deed"),
        Index("ix_notification_member_latest", "member_id", "created_at"),
        Index("ix_notification_subject", "member_id", "kind", "subject", unique=True, info={"only": "subject <> ''"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(40), default="", server_default="")
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict, server_default="{}")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]

    actor: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[actor_id])
    post: Mapped[Post | None] = relationship(lazy="raise_on_sql")
