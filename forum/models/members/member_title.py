"""Titles that members earn by their number of messages."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class MemberTitle(Model):
    """The title of members with at least `min_messages`, up to the next title's minimum."""

    __tablename__ = "member_title"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(60))
    min_messages: Mapped[int] = mapped_column(unique=True)
