"""Browsers in which members get notifications by web push."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model

MAX_ENDPOINT = 1000  # characters; push services use 150 to 600


class PushSubscription(Model):
    """A browser in which a member has asked for notifications; it ends with the login in which they did.

    `endpoint` is an address at the push service of the browser's vendor, `p256dh` and `auth` are the keys with which
    what is sent there is encrypted for the browser.
    """

    __tablename__ = "push_subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("member_session.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(String(MAX_ENDPOINT), unique=True)
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(30))
    agent: Mapped[str] = mapped_column(String(200), default="", server_default="")
    created_at: Mapped[datetime]
