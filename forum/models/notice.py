"""Notices of the admins above the pages: what they say, to whom, where, and until when."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model

MAX_NOTICE_TITLE, NOTICE_KEY_LENGTH = 100, 6


class NoticeStyle(StrEnum):
    """How a notice looks."""

    INFORMATION = "information"
    SUCCESS = "success"
    WARNING = "warning"


class NoticeAudience(StrEnum):
    """To whom a notice is shown."""

    EVERYBODY = "everybody"
    GUESTS = "guests"
    MEMBERS = "members"
    GROUPS = "groups"  # those in notice_group


class NoticePlace(StrEnum):
    """On which pages a notice is shown."""

    EVERYWHERE = "everywhere"
    FRONT_PAGE = "front_page"
    BOARDS = "boards"  # those in notice_board: their pages, and those of their threads


class Notice(Model):
    """A notice; `html` is made of `body` when it is written.

    Who closes it has its `key` in `member.dismissed_notices`; with another key it is shown to them again.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(NOTICE_KEY_LENGTH), unique=True)
    title: Mapped[str] = mapped_column(String(MAX_NOTICE_TITLE), default="", server_default="")
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    markup_version: Mapped[int]
    style: Mapped[str] = mapped_column(String(20))
    audience: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(20))
    includes_children: Mapped[bool]  # if `place` is boards: also in the boards inside them
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    is_dismissible: Mapped[bool]
    is_on: Mapped[bool]
    order: Mapped[int] = mapped_column(default=0, server_default="0")


class NoticeGroup(Model):
    """A group to which a notice is shown."""

    __tablename__ = "notice_group"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("member_group.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class NoticeBoard(Model):
    """A board in which a notice is shown."""

    __tablename__ = "notice_board"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("board.id", ondelete="CASCADE"), primary_key=True, index=True)
