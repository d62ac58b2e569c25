"""What members want to be told, where it differs from the operator's defaults."""

from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class Channel(StrEnum):
    """How a member is told; further ones are a line here and a column of the page of choices."""

    SITE = "site"  # the bell and the list of notifications
    MAIL = "mail"  # of what they are told on the site, unless they see it there first
    PUSH = "push"  # the browsers in which they have asked for it, of what they are told on the site


ALL_KINDS = "all"  # in place of a kind: whether the member gets any such mail


class NotificationChoice(Model):
    """That a member does or does not want to be told of a kind by a channel; of ALL_KINDS, by mail."""

    __tablename__ = "notification_choice"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    channel: Mapped[str] = mapped_column(String(10), primary_key=True)
    is_on: Mapped[bool]
