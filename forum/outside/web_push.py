"""Web push: encrypt a message for a browser (RFC 8291) and hand it to the push service of its vendor (RFC 8030)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from forum.outside.http_calls import USER_AGENT
from forum.outside.pinned_calls import PinnedAnswer, post

SECONDS = 10.0
TTL = 24 * 3600  # seconds for which the service keeps a message for a browser that is offline
MAX_PAYLOAD = 3000  # bytes; services take 4096 with what encryption adds


class BadKeys(Exception):
    """The keys of a browser are none: nothing can ever be encrypted for it."""


class Sender(NamedTuple):
    """Who sends: the forum's private key, and how a push service reaches its operator, "https:" or "mailto:"."""

    private_key: str
    contact: str


class Push(NamedTuple):
    """A message for a browser. Of several with the same topic the service keeps the last."""

    endpoint: str
    p256dh: str
    auth: str
    payload: bytes
    topic: str


class Taken(NamedTuple):
    """The status of the service, and in how many seconds it wants to be asked again, if it says so."""

    status: int
    retry_after: float | None


def send(push: Push, sender: Sender) -> Taken:
    """Hand over a message. Raises Unavailable if the service does not answer, and BadKeys."""
    headers = {
        **_signature(push.endpoint, sender),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL),
        "Topic": push.topic,
        "Urgency": "normal",
        "User-Agent": USER_AGENT,
    }
    answer = post(push.endpoint, _encrypted(push), headers, seconds=SECONDS)
    return Taken(answer.status, _retry_after(answer))


def _signature(endpoint: str, sender: Sender) -> dict[str, str]:
    from py_vapid import Vapid02  # noqa: PLC0415 - 10 MB with what it imports: only in the process that sends

    claims = {"aud": f"https://{urlsplit(endpoint).hostname}", "sub": sender.contact}
    signed: dict[str, str] = Vapid02.from_raw(sender.private_key.encode()).sign(claims)
    return signed


def _encrypted(push: Push) -> bytes:
    from pywebpush import WebPusher, WebPushException  # noqa: PLC0415 - as above

    browser = {"endpoint": push.endpoint, "keys": {"p256dh": push.p256dh, "auth": push.auth}}
    try:
        body: bytes = WebPusher(browser).encode(push.payload)["body"]
    except (ValueError, WebPushException) as error:  # such as a point that is not on the curve
        raise BadKeys from error
    return body


def _retry_after(answer: PinnedAnswer) -> float | None:
    """The header Retry-After in seconds; None without it, or if it is not understood."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    now = datetime.now(UTC)
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds())
