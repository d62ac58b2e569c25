"""Conversations: messages that only their members read."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.infra.text.slugs import path_of
from forum.models.members.member import Member


class Conversation(Model):
    """A conversation; its messages have the positions 1 to `last_position`, without gaps."""

    __tablename__ = "conversation"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(150))
    starter_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    started_at: Mapped[datetime]
    last_position: Mapped[int] = mapped_column(default=0, server_default="0")
    last_message_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=0, server_default="0")  # increases with what its pages show to all

    starter: Mapped[Member] = relationship(lazy="raise_on_sql")

    @property
    def path(self) -> str:
        """The path of its pages."""
        return path_of("conversations", self.id, self.title)
