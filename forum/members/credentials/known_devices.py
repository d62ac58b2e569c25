"""The browsers in which a member has logged in before, known by a cookie: nothing about them is stored."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from forum.models import Member

MAX_MEMBERS = 5  # whose marks one browser keeps
MARK_BYTES = 15
SEPARATOR = "."


def is_known(cookie: str, member: Member, *, key: str) -> bool:
    """Whether a browser's cookie says that the member has logged in there."""
    return any(hmac.compare_digest(mark, _mark(member, key)) for mark in _marks(cookie))


def with_member(cookie: str, member: Member, *, key: str) -> str:
    """The cookie for a browser in which the member logs in, with the marks of those who did so before."""
    own = _mark(member, key)
    others = [mark for mark in _marks(cookie) if mark != own]
    return SEPARATOR.join([own, *others[: MAX_MEMBERS - 1]])


def _marks(cookie: str) -> list[str]:
    length = MARK_BYTES * 4 // 3
    return [mark for mark in cookie.split(SEPARATOR)[:MAX_MEMBERS] if len(mark) == length and mark.isascii()]


def _mark(member: Member, key: str) -> str:
    """A keyed hash that tells nobody else whose it is."""
    written = str(member.id).encode()
    keyed = hashlib.blake2b(written, digest_size=MARK_BYTES, key=key.encode()[:64], person=b"forum device")
    return urlsafe_b64encode(keyed.digest()).decode()
