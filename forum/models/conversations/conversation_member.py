"""Who is in a conversation, and how far they have read it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.conversations.conversation import Conversation
from forum.models.members.member import Member


class ConversationMember(Model):
    """A member of a conversation, also one who has left it; they have read all up to `read_position`."""

    __tablename__ = "conversation_member"
    __table_args__ = (Index("ix_conversation_member_member", "member_id", "left_at", "conversation_id"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    joined_at: Mapped[datetime]
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    read_position: Mapped[int] = mapped_column(default=0, server_default="0")
    is_starred: Mapped[bool] = mapped_column(default=False, server_default=false())
    left_at: Mapped[datetime | None]

    conversation: Mapped[Conversation] = relationship(lazy="raise_on_sql")
    member: Mapped[Member] = relationship(lazy="raise_on_sql", foreign_keys=[member_id])
