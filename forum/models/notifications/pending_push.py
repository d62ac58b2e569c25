"""Notifications that are still to be sent to browsers."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from forum.infra.database.db import Model


class PendingPush(Model):
    """That a notification is to be sent to a browser, not before `try_after`; written with the notification.

    It is deleted once the push service has taken it, and with what it is about: the notification, or the subscription
    when the login ends.
    """

    __tablename__ = "pending_push"

    notification_id: Mapped[int] = mapped_column(ForeignKey("notification.id", ondelete="CASCADE"), primary_key=True)
    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("push_subscription.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    try_after: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
