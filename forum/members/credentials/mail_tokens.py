"""Single-use tokens sent by mail or shown on the console."""

from datetime import timedelta
from typing import cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import joinedload

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.text.messages import say
from forum.members.credentials.secret import digest, new_secret
from forum.models import MailToken, Member, Purpose


def issue(purpose: Purpose, *, member: Member | None, email: str, hours: int) -> str:
    """Issue a secret for a purpose; voids older ones of the same member and purpose."""
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
    """The valid token of one of the purposes, with its member. Raises NotFound for any other secret."""
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
    """The member a token belongs to. Raises NotFound if it has none."""
    if row.member is None:
        raise invalid_token()
    return row.member


def owner_of(secret: str, *purposes: Purpose) -> Member:
    """The member a valid secret of one of the purposes belongs to. Raises NotFound."""
    return owner(find(secret, *purposes))


def invalid_token() -> NotFound:
    """The error for a secret that is unknown, used or expired."""
    return NotFound(say("This link no longer works: it was used, replaced by a newer one, or has expired."))


def consume(secret: str, *purposes: Purpose) -> MailToken:
    """Consume a token and return it; of two concurrent calls only one succeeds. Raises NotFound."""
    row = find(secret, *purposes)
    session.expunge(row)
    taken = cast("CursorResult[object]", session.execute(delete(MailToken).where(MailToken.id == row.id)))
    if taken.rowcount != 1:
        raise invalid_token()
    return row


def valid_tokens(purpose: Purpose) -> list[MailToken]:
    """All valid tokens of a purpose."""
    rows = select(MailToken).where(MailToken.purpose == purpose, MailToken.expires_at > clock.now())
    return list(session.scalars(rows))


def void(member: Member) -> None:
    """Void all secrets of a member, after a change of password or e-mail."""
    session.execute(delete(MailToken).where(MailToken.member_id == member.id))


def forget_expired() -> int:
    """Delete expired tokens and return their number; run by a job."""
    statement = delete(MailToken).where(MailToken.expires_at <= clock.now())
    return cast("CursorResult[object]", session.execute(statement)).rowcount
