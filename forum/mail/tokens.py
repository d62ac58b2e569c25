"""Signed words in the links and addresses of members' mail: they say for whom and what, and are valid for ever.

Those of answers end with the member's address and password. Each member has a random key, made with their first mail.
A word is "MEMBER-SCOPE-SIGNATURE" in lower-case letters, digits, "." and "_" besides the two hyphens, as it may have to
pass as part of an e-mail address, whose case and length are not safe: such a word is at most 56 characters long.
"""

import base64
import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

from sqlalchemy import func, select, update

from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.models import Member

UNSUBSCRIBE, REPLY, BOUNCE = PURPOSES = ("u", "r", "b")
SIGNATURE_CHARACTERS = 20  # of 5 bits each
MARK_CHARACTERS = 8  # the same
_TOKEN = re.compile(rf"([0-9]{{1,9}})-([a-z0-9._]{{1,24}})-([a-z2-7]{{{SIGNATURE_CHARACTERS}}})", re.ASCII)


class Signed(NamedTuple):
    """For which member a token was made, and for what, such as "watched_thread" or "7"."""

    member_id: int
    scope: str


def token_for(member_id: int, purpose: str, scope: str) -> str:
    """A token of a member; call it in a transaction, as their key may have to be made. Raises NotFound without them."""
    token = f"{member_id}-{scope}-{_signature(_key_of(member_id), purpose, scope)}"
    if not _TOKEN.fullmatch(token):
        raise ValueError(scope)
    return token


def read_token(token: str, purpose: str) -> Signed:
    """What a token was made for. Raises NotFound if it was not made here for this purpose, or the member is gone."""
    match = _TOKEN.fullmatch(token.lower())
    key = session.scalar(select(Member.mail_key).where(Member.id == int(match[1]))) if match else None
    if match is None or key is None or not hmac.compare_digest(_signature(key, purpose, match[2]), match[3]):
        raise NotFound
    return Signed(int(match[1]), match[2])


def reply_scope(member: Member, thread_id: int) -> str:
    """What a token for answers is made for: a thread, and the member's present address and password.

    Who has read a member's mail once could else write in their name for ever.
    """
    secrets_of = f"{member.email_key}\n{member.password_hash}"
    mark = base64.b32encode(hashlib.sha256(secrets_of.encode()).digest()).decode().lower()[:MARK_CHARACTERS]
    return f"{thread_id}.{mark}"


def _key_of(member_id: int) -> str:
    made = update(Member).where(Member.id == member_id)
    made = made.values(mail_key=func.coalesce(Member.mail_key, secrets.token_urlsafe(16))).returning(Member.mail_key)
    stored = session.scalar(select(Member.mail_key).where(Member.id == member_id))
    key = stored or session.scalar(made, execution_options={"synchronize_session": False})
    if key is None:
        raise NotFound
    return key


def _signature(key: str, purpose: str, scope: str) -> str:
    digest = hmac.digest(key.encode(), f"{purpose}:{scope}".encode(), hashlib.sha256)
    return base64.b32encode(digest).decode().lower()[:SIGNATURE_CHARACTERS]
