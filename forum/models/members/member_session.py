"""Login sessions, one per device; the cookie contains a token, of which only the hash is stored."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.infra.database.db import Model
from forum.models.members.member import Member


class MemberSession(Model):
    """A row exists as long as the session is valid; ending the session deletes it."""

    __tablename__ = "member_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(45), default="", index=True)
    agent: Mapped[str] = mapped_column(String(200), default="")
    is_persistent: Mapped[bool] = mapped_column(default=False)
    view_as: Mapped[str | None] = mapped_column(String(6000))  # the ids of the groups whose view an admin is looking at

    member: Mapped[Member] = relationship(lazy="raise_on_sql")
