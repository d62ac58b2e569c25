"""Posts: a member's text at a position in a thread."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.discussion.thread import Thread
from forum.models.discussion.visibility import HasVisibility
from forum.models.members.member import Member


def has_place(position: int) -> bool:
    """Whether a post at a position is or was public, so that it has a place in its thread."""
    return position > 0


def anchor_of(position: int, post_id: int) -> str:
    """The id of a post's element in the thread's page."""
    return f"post-{position}" if has_place(position) else f"held-{post_id}"


class Post(HasVisibility, Model):
    """`source` is the text as typed; `html` is the safe HTML rendered from it by renderer version `markup_version`.

    A post that was never public has the position −id, below those of all pages and read marks.
    """

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("thread_id", "position", name="uq_post_thread_position"),
        Index("ix_post_author", "author_id", "created_at", "id", "thread_id", "visibility"),
        Index("ix_post_created", "created_at"),
        Index("ix_post_unpublished", "thread_id", "visibility", "author_id", info={"only": "position < 0"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    position: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    markup_version: Mapped[int]
    edited_at: Mapped[datetime | None]
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    revision_count: Mapped[int] = mapped_column(default=0)
    has_held_edit: Mapped[bool] = mapped_column(default=False, server_default=false())  # models/moderation/held_edit.py
    staff_notice: Mapped[str] = mapped_column(String(300), default="", server_default="")

    thread: Mapped[Thread] = relationship(lazy="raise_on_sql")
    author: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[author_id])
    editor: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[editor_id])

    @property
    def was_published(self) -> bool:
        """Whether it is or was public, so that it has a place in its thread."""
        return has_place(self.position)

    @property
    def anchor(self) -> str:
        """The id of its element in the thread's page."""
        return anchor_of(self.position, self.id)

    @property
    def is_erased(self) -> bool:
        """Whether it was deleted for good, so that nothing is left of it but its place."""
        return self.is_deleted and not self.html

    @property
    def path(self) -> str:
        """The permalink, which redirects to the post's page of the thread."""
        return f"/posts/{self.id}"
