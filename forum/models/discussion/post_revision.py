"""Post revisions: a post's source before each edit."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member


class PostRevision(Model):
    """Revision N holds the source before the N-th edit, and who replaced it and when."""

    __tablename__ = "post_revision"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime]
    editor_id: Mapped[int] = mapped_column(ForeignKey("member.id"))

    editor: Mapped[Member] = relationship(lazy="raise_on_sql")
