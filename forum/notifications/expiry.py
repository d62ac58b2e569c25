"""Delete notifications that are older than the setting `notification_days`."""

from datetime import timedelta

from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Notification
from forum.notifications.actions import forget
from forum.site.queries import snapshot

SLICE_ROWS = 200


def first_expired() -> int | None:
    """The id of the oldest notification, if it has expired: ids ascend with time."""
    days = snapshot().notification_days
    rows = session.execute(select(Notification.id, Notification.created_at).order_by(Notification.id).limit(1)).all()
    is_old = days and rows and rows[0].created_at < clock.now() - timedelta(days=days)
    return rows[0][0] if is_old else None


def expire_slice() -> None:
    """Delete the next expired notifications, seen or not."""
    ids = select(Notification.id).order_by(Notification.id).limit(SLICE_ROWS)
    last = clock.now() - timedelta(days=snapshot().notification_days)
    forget(Notification.id.in_(list(session.scalars(ids))) & (Notification.created_at < last))
