"""What staff decided about a member or what they wrote."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.discussion.post import Post
from forum.models.discussion.thread import Thread
from forum.models.members.member import Member


class DecisionKind(StrEnum):
    """What was done."""

    POST_DELETED = "post-deleted"
    THREAD_DELETED = "thread-deleted"
    POST_EDITED = "post-edited"
    TITLE_EDITED = "title-edited"
    POST_REJECTED = "post-rejected"
    EDIT_REJECTED = "edit-rejected"
    WARNING = "warning"
    CLEANED = "cleaned"  # all that they wrote in a time was removed as spam
    BAN = "ban"
    MUTE = "mute"
    HOLD = "hold"
    THREAD_BAN = "thread-ban"


class Decision(Model):
    """One row per deed, which its member can read, with what was removed or replaced as `text`.

    `title` is that of the thread, if it is the member's own. A ban or mute began `at` the same moment.
    `ended_at` is when it was taken back, or replaced by another.
    """

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_member_latest", "member_id", "id"),
        Index("ix_decision_figures", "at", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime]
    about_post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"), index=True)
    about_thread_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id", ondelete="SET NULL"), index=True)
    title: Mapped[str] = mapped_column(String(150), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    rule: Mapped[str] = mapped_column(String(100), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[member_id])
    by: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[by_id])
    about_post: Mapped[Post | None] = relationship(lazy="raise_on_sql")
    about_thread: Mapped[Thread | None] = relationship(lazy="raise_on_sql")

    @property
    def path(self) -> str:
        """Its page for the member."""
        return f"/account/decisions/{self.id}"
