"""The messages of conversations."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.conversations.conversation import Conversation
from forum.models.members.member import Member


class ConversationEvent(StrEnum):
    """What a line between the messages tells; it has a position like a message."""

    INVITED = "invited"  # `about` was invited by the author
    LEFT = "left"
    RENAMED = "renamed"  # the source is the new title


class ConversationMessage(Model):
    """A message with its source, and its HTML as posts have it; or an event, without HTML."""

    __tablename__ = "conversation_message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "position", name="uq_conversation_message_position"),
        Index("ix_conversation_message_author", "author_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    position: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    markup_version: Mapped[int]
    edited_at: Mapped[datetime | None]
    event: Mapped[str] = mapped_column(String(10), default="", server_default="")
    about_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))

    conversation: Mapped[Conversation] = relationship(lazy="raise_on_sql")
    author: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[author_id])
    about: Mapped[Member | None] = relationship(lazy="raise_on_sql", foreign_keys=[about_id])

    @property
    def path(self) -> str:
        """The permalink, which redirects to its page of the conversation."""
        return f"/conversations/{self.conversation_id}/messages/{self.position}"
