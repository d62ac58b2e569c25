"""Notifications about other members' actions, and about what staff decided."""

from datetime import datetime

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.discussion.post import Post
from forum.models.members.member import Member

HAS_ACTOR, HAS_NO_ACTOR = "actor_id IS NOT NULL", "actor_id IS NULL AND subject_type <> ''"
UNREAD, HAS_NO_POST = "read_at IS NULL", "post_id IS NULL"


class Notification(Model):
    """That a member is told of one thing: `subject_type` and `subject_id` name it, such as post 7 or decision 12.

    A member is told once of what somebody did to a subject, whatever the reason (`kind`): of a new post by whom it
    mentions or because they watch its thread. Of what nobody in particular did they are told once per kind.

    With `post_id` it is shown only while the member sees that post. Those with the same `group_key` are shown as one
    row until they are seen, and stay together in it. `details` are for what has no post: `title`, `reason`.

    `seen_at` is when the list was opened, `read_at` when the post or the page of the subject was visited,
    `withdrawn_at` when the cause went, such as a reaction; it may come back. `mailed_at` is when it was last mailed.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index(
            "ix_notification_deed",
            *("member_id", "subject_type", "subject_id", "actor_id"),
            unique=True,
            info={"only": HAS_ACTOR},
        ),
        Index(
            "ix_notification_subject",
            *("member_id", "kind", "subject_type", "subject_id"),
            unique=True,
            info={"only": HAS_NO_ACTOR},
        ),
        Index("ix_notification_member_newest", "member_id", "id"),
        Index("ix_notification_unread", "member_id", "id", info={"only": UNREAD}),
        Index("ix_notification_told_of", "subject_type", "subject_id", info={"only": HAS_NO_POST}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    subject_type: Mapped[str] = mapped_column(String(40), default="", server_default="")
    subject_id: Mapped[int] = mapped_column(default=0, server_default="0")
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    group_key: Mapped[str] = mapped_column(String(80), default="", server_default="")
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict, server_default="{}")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None] = mapped_column(deferred=True)

    actor: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[actor_id])
    post: Mapped[Post | None] = relationship(lazy="raise_on_sql")

    @property
    def subject(self) -> str:
        """The subject in a word, such as "post:7"."""
        return f"{self.subject_type}:{self.subject_id}" if self.subject_type else ""

    @classmethod
    def is_about(cls, subject: str) -> ColumnElement[bool]:
        """SQL condition: about a subject such as "decision:7"; those with `post_id` are found by that."""
        subject_type, subject_id = split_subject(subject)
        return and_(cls.post_id.is_(None), cls.subject_type == subject_type, cls.subject_id == subject_id)

    @classmethod
    def is_unseen(cls) -> ColumnElement[bool]:
        """SQL condition: counts as unseen. What is read is seen, too, and said here so that the index is used."""
        return and_(cls.read_at.is_(None), cls.seen_at.is_(None), cls.withdrawn_at.is_(None))


def split_subject(subject: str) -> tuple[str, int]:
    """The type and the id of a subject such as "post:7"; the id is 0 if it has none."""
    subject_type, _, number = subject.partition(":")
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    return (subject_type, int(number)) if is_number else (subject, 0)
