"""Single-use secrets that travel by mail or console: issued, looked at, used up."""

from datetime import timedelta
from typing import cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import joinedload

from forum.infra import clock
from forum.infra.db import session
from forum.infra.errors import NotFound
from forum.infra.messages import say
from forum.members.secret import digest, new_secret
from forum.models import MailToken, Member, Purpose


def issue(purpose: Purpose, *, member: Member | None, email: str, hours: int) -> str:
    """A new secret for a purpose; older ones of the same member and purpose are void from now on."""
    session.execute(
        delete(MailToken).where(MailToken.purpose == purpose, MailToken.member_id == (member.id if member else None))
    )
    secret, now = new_secret(), clock.now()
    session.add(
        MailToken(
            purpose=purpose,
            token_hash=digest(secret),
            member_id=member.id if member else None,
            email=email,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    session.flush()
    return secret


def find(secret: str, *purposes: Purpose) -> MailToken:
    """The living token of one of the purposes, with its member; raises NotFound for any other secret."""
    row = session.scalars(
        select(MailToken)
        .options(joinedload(MailToken.member))
        .where(MailToken.token_hash == digest(secret), MailToken.purpose.in_(purposes))
        .where(MailToken.expires_at > clock.now())
    ).one_or_none()
    if row is None:
        raise invalid_token()
    return row


def owner(row: MailToken) -> Member:
    """Whom a token of a member belongs to."""
    if row.member is None:
        raise invalid_token()
    return row.member


def owner_of(secret: str, *purposes: Purpose) -> Member:
    """Whom a living secret of one of the purposes belongs to; raises NotFound."""
    return owner(find(secret, *purposes))


def invalid_token() -> NotFound:
    """The refusal of a secret that is not known, or no longer."""
    return NotFound(say("This link no longer works: it was used, replaced by a newer one, or has expired."))


def consume(secret: str, *purposes: Purpose) -> MailToken:
    """Take a token out of the world and tell what it was for; of two who come at once only one gets it."""
    row = find(secret, *purposes)
    session.expunge(row)
    taken = cast("CursorResult[object]", session.execute(delete(MailToken).where(MailToken.id == row.id)))
    if taken.rowcount != 1:
        raise invalid_token()
    return row


def valid_tokens(purpose: Purpose) -> list[MailToken]:
    """All tokens of a purpose that are still good."""
    rows = select(MailToken).where(MailToken.purpose == purpose, MailToken.expires_at > clock.now())
    return list(session.scalars(rows))


def void(member: Member) -> None:
    """Make all secrets of a member void: after a change of password or e-mail."""
    session.execute(delete(MailToken).where(MailToken.member_id == member.id))


def forget_expired() -> int:
    """Delete tokens that are too old: a job's work."""
    statement = delete(MailToken).where(MailToken.expires_at <= clock.now())
    return cast("CursorResult[object]", session.execute(statement)).rowcount
