"""What a notification in a browser says: what the list of notifications shows at this moment, and nothing else."""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select

from forum.infra.database.db import current_settings, session
from forum.infra.errors import NotFound
from forum.interfaces import translate
from forum.models import Member, Notification, PendingPush, PushSubscription
from forum.notifications import queries
from forum.notifications.rows import RowView, views
from forum.outside.web_push import Push
from forum.site.queries import snapshot

MAX_NAME, MAX_TEXT = 60, 240  # characters: of the forum's name; of what is said, and of the reason
MAX_PATH = 500
LIST = "/notifications"  # where those lead that have no page
TOPIC_BYTES = 18


def push_for(notification_id: int, subscription_id: int, *, told_after: datetime) -> Push | None:
    """The message for a browser; None if it is not to be sent (any more).

    That is so if the member has seen or read it, it was taken back, they may not see the post, cannot log in, or it is
    too old; and if a newer one of the same row of the list is to be sent to the browser, which says more.
    """
    browser = session.get(PushSubscription, subscription_id, populate_existing=True)
    told = session.get(Notification, notification_id, populate_existing=True)
    if browser is None or told is None or told.member_id != browser.member_id or told.created_at < told_after:
        return None
    if told.seen_at is not None or told.read_at is not None:
        return None
    reader = session.scalars(select(Member).where(Member.id == browser.member_id)).one()
    if not reader.password_hash or reader.is_banned or reader.closed_at:
        return None
    try:
        row = queries.row_of(reader, notification_id)
    except NotFound:
        return None
    newer = {"notification_id": row.newest.id, "subscription_id": subscription_id}
    if row.newest.id != notification_id and session.get(PendingPush, newer) is not None:
        return None
    tag = f"{row.first.group_key}:{row.first.id}"  # the same as long as the row grows
    payload = _payload(views([row])[0], tag, queries.unseen_count(reader))
    return Push(browser.endpoint, browser.p256dh, browser.auth, payload, _topic(tag))


def _payload(row: RowView, tag: str, unseen: int) -> bytes:
    with force_locale(snapshot().language):
        said = f"{translate(row.sentence)} {row.title}".strip()
    reason = f"\n{row.reason}" if row.reason else ""
    values: dict[str, Any] = {
        "title": snapshot().name[:MAX_NAME],
        "body": said[:MAX_TEXT] + reason[:MAX_TEXT],
        "url": row.path if row.path and len(row.path) <= MAX_PATH else LIST,
        "tag": tag,
        "count": unseen,
    }
    return json.dumps(values, ensure_ascii=False).encode()


def _topic(tag: str) -> str:
    """A name for the service, of which it cannot learn what it is about."""
    key = current_settings().secret_key.encode()[:64]
    return urlsafe_b64encode(hashlib.blake2b(tag.encode(), digest_size=TOPIC_BYTES, key=key).digest()).decode()
