"""Members' reactions to posts."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.discussion.reaction_kind import ReactionKind
from forum.models.members.member import Member


class Reaction(Model):
    """At most one per member and post."""

    __tablename__ = "reaction"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    kind_id: Mapped[int] = mapped_column(ForeignKey("reaction_kind.id"))
    created_at: Mapped[datetime] = mapped_column(index=True)

    member: Mapped[Member] = relationship(lazy="raise_on_sql")
    kind: Mapped[ReactionKind] = relationship(lazy="raise_on_sql")
