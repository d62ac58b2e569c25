"""API tokens, with which programs act for a member: create, find, revoke."""

from datetime import timedelta
from typing import cast

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import contains_eager

from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import best_effort_write, current_settings, session
from forum.infra.errors import Forbidden, Invalid, NotFound
from forum.infra.text.messages import one_line, say
from forum.members.credentials.secret import digest, signed_secret
from forum.models import ApiToken, Member, Right
from forum.permissions import has_right, lacks_two_factor, scope_of
from forum.site.queries import CURRENT_VERSION, follow_version

PREFIX = "forum_"  # lets scanners of public code recognise a leaked token
SCOPES = ("read", "write", "moderate", "admin")
MAX_NAME = 60
MAX_DAYS = 3650
MAX_PER_MEMBER = 50
TOUCH_EVERY = timedelta(minutes=5)


def make(member: Member, *, name: str, scopes: str | list[str] | tuple[str, ...], days: int | None = None) -> str:
    """Create a token and return its secret, which is not stored; `days` is its lifetime, None for no expiry.

    Raises Invalid.
    """
    wanted = scopes.split() if isinstance(scopes, str) else list(scopes)
    _check(member, one_line(name), wanted, days)
    token, now = signed_secret(current_settings().secret_key, PREFIX), clock.now()
    row = ApiToken(
        member_id=member.id,
        name=one_line(name),
        token_hash=digest(token),
        scopes=" ".join(scope for scope in SCOPES if scope in wanted),
        created_at=now,
        expires_at=now + timedelta(days=days) if days else None,
    )
    session.add(row)
    session.flush()
    record("make-token", actor=member, target=f"token:{row.id}", name=row.name, scopes=row.scopes)
    return token


def _check(member: Member, name: str, scopes: list[str], days: int | None) -> None:
    wrong = {}
    if not 1 <= len(name) <= MAX_NAME:
        wrong["name"] = [say("Give the token a name of at most %(num)d characters.", num=MAX_NAME)]
    if not scopes_open_to(member):
        raise Forbidden(say("You cannot create API tokens."))
    if not scopes or not set(scopes) <= set(scopes_open_to(member)):
        wrong["scopes"] = [say("Choose at least one scope that is available to you.")]
    if days is not None and not 1 <= days <= MAX_DAYS:
        wrong["days"] = [say("Enter a number of days from 1 to %(num)d.", num=MAX_DAYS)]
    count = session.scalar(select(func.count()).select_from(ApiToken).where(ApiToken.member_id == member.id)) or 0
    if count >= MAX_PER_MEMBER:
        wrong["name"] = [say("You have %(num)d tokens. First revoke one that you no longer use.", num=count)]
    if wrong:
        raise Invalid(wrong)


def scopes_open_to(member: Member) -> tuple[str, ...]:
    """The token scopes available to a member: `moderate` to those who moderate any board; none without the right."""
    if member.is_admin and not lacks_two_factor(member):
        return SCOPES
    if not has_right(member, Right.USE_API):
        return ()
    if lacks_two_factor(member):
        return SCOPES[:2]
    return SCOPES[:3] if member.is_moderator or scope_of(member).moderate else SCOPES[:2]


def find(token: str) -> ApiToken | None:
    """The token's row with its member; None if it is unknown, expired or revoked, or its member is banned or gone."""
    now = clock.now()
    found = session.execute(
        select(ApiToken, *CURRENT_VERSION)
        .join(ApiToken.member)
        .options(contains_eager(ApiToken.member))
        .where(ApiToken.token_hash == digest(token))
        .where(or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now))
    ).one_or_none()
    if found is None or found[0].member.is_banned or found[0].member.closed_at:
        return None
    follow_version(*found[1:])  # so that changed access lists and removed threads count from the next request on
    return cast("ApiToken", found[0])


def touch(row: ApiToken) -> None:
    """Record that a token is in use, at most every five minutes."""
    now = clock.now()
    if row.last_used_at is None or now - row.last_used_at >= TOUCH_EVERY:
        best_effort_write(update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=now))


def of(member: Member) -> list[ApiToken]:
    """A member's tokens, newest first."""
    return list(session.scalars(select(ApiToken).where(ApiToken.member_id == member.id).order_by(ApiToken.id.desc())))


def revoke(actor: Member, token_id: int) -> None:
    """Revoke one of the actor's own tokens. Raises NotFound."""
    statement = delete(ApiToken).where(ApiToken.id == token_id, ApiToken.member_id == actor.id)
    if not cast("CursorResult[object]", session.execute(statement)).rowcount:
        raise NotFound
    record("revoke-token", actor=actor, target=f"token:{token_id}")


def revoke_all(member: Member) -> int:
    """Revoke all tokens of a member; return their number."""
    statement = delete(ApiToken).where(ApiToken.member_id == member.id)
    return cast("CursorResult[object]", session.execute(statement)).rowcount
