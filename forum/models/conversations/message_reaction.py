"""Members' reactions to messages of conversations."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member


class MessageReaction(Model):
    """At most one per member and message. They are private, and count for nobody's score."""

    __tablename__ = "message_reaction"

    message_id: Mapped[int] = mapped_column(ForeignKey("conversation_message.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    kind_id: Mapped[int] = mapped_column(ForeignKey("reaction_kind.id"), index=True)
    created_at: Mapped[datetime]

    member: Mapped[Member] = relationship(lazy="raise_on_sql")
