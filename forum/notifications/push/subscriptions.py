"""The browsers in which a member gets notifications: subscribe one, list them, remove one."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import urlsplit

from sqlalchemy import and_, delete, func, or_, select

from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid, NotFound
from forum.infra.text.messages import say
from forum.models import Member, MemberSession, PushSubscription
from forum.models.notifications.push_subscription import MAX_ENDPOINT

MAX_BROWSERS = 10
PUBLIC_KEY_BYTES, SECRET_BYTES = 65, 16  # of a browser, by RFC 8291
UNCOMPRESSED_POINT = 4  # the first byte of the public key


def subscribe(actor: Member, login: MemberSession, *, endpoint: str, p256dh: str, auth: str) -> None:
    """Send notifications to the browser of a login from now on, until that ends; in place of what it had before.

    Raises Invalid for what no browser sends, and Conflict if the member has too many.
    """
    _check(endpoint, p256dh, auth)
    session.execute(select(Member.id).where(Member.id == actor.id).with_for_update(key_share=True))
    same_login = (PushSubscription.session_id == login.id, PushSubscription.endpoint != endpoint)
    others_at = (PushSubscription.endpoint == endpoint, PushSubscription.member_id != actor.id)
    session.execute(delete(PushSubscription).where(or_(and_(*same_login), and_(*others_at))))
    others = select(func.count()).where(PushSubscription.member_id == actor.id, PushSubscription.endpoint != endpoint)
    if (session.scalar(others) or 0) >= MAX_BROWSERS:
        raise Conflict(
            say("You get notifications in %(num)d browsers, which is the most. Remove one first.", num=MAX_BROWSERS)
        )
    values = {"member_id": actor.id, "session_id": login.id, "p256dh": p256dh, "auth": auth, "agent": login.agent}
    row = insert_into(PushSubscription).values(endpoint=endpoint, created_at=clock.now(), **values)
    session.execute(row.on_conflict_do_update(index_elements=["endpoint"], set_=values))


def browsers_of(member: Member) -> list[PushSubscription]:
    """The browsers in which a member gets notifications, the newest first."""
    theirs = select(PushSubscription).where(PushSubscription.member_id == member.id)
    return list(session.scalars(theirs.order_by(PushSubscription.id.desc())))


def remove(actor: Member, subscription_id: int) -> None:
    """Stop sending notifications to one of a member's browsers. Raises NotFound for anybody else's."""
    own = (PushSubscription.id == subscription_id, PushSubscription.member_id == actor.id)
    if session.scalar(delete(PushSubscription).where(*own).returning(PushSubscription.id)) is None:
        raise NotFound


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    key, secret = _decoded(p256dh), _decoded(auth)
    if not _is_endpoint(endpoint):
        raise Invalid({"endpoint": [say("This is not the address of a push service.")]})
    if len(key) != PUBLIC_KEY_BYTES or key[0] != UNCOMPRESSED_POINT:
        raise Invalid({"p256dh": [say("This is not a key of a browser.")]})
    if len(secret) != SECRET_BYTES:
        raise Invalid({"auth": [say("This is not a key of a browser.")]})


def _is_endpoint(endpoint: str) -> bool:
    """Whether it is an HTTPS address with a host name; whether that is public, is checked whenever it is called."""
    if len(endpoint) > MAX_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        return False
    try:
        parts = urlsplit(endpoint)
        is_plain = parts.port in {None, 443} and parts.username is None and not parts.fragment and "\\" not in endpoint
    except ValueError:
        return False
    name, _, ending = (parts.hostname or "").rpartition(".")
    return parts.scheme == "https" and is_plain and bool(name) and ending.isalpha()


def _decoded(text: str) -> bytes:
    """What a key says; empty for what is not written as browsers do: decoding passes over foreign characters."""
    plain = text.rstrip("=")
    try:
        decoded = urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""
    is_canonical = urlsafe_b64encode(decoded).decode().rstrip("=") == plain and len(text) - len(plain) <= 2
    return decoded if is_canonical else b""
