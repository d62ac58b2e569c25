"""Logins whose password was right and whose code is still missing; they allow nothing but entering the code."""

from datetime import timedelta
from typing import cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import joinedload

from forum.infra import clock
from forum.infra.database.db import session
from forum.members.credentials.secret import digest, new_secret
from forum.models import Member, PendingLogin

LIFETIME = timedelta(minutes=10)
MAX_PER_MEMBER = 10


def start(member: Member, *, persistent: bool, keeps_account: bool = False) -> str:
    """Begin a login for the current browser; return the token for its cookie."""
    mine = PendingLogin.member_id == member.id
    newest = select(PendingLogin.id).where(mine).order_by(PendingLogin.id.desc()).limit(MAX_PER_MEMBER - 1)
    session.execute(delete(PendingLogin).where(mine, PendingLogin.id.not_in(newest)))
    token = new_secret()
    row = PendingLogin(token_hash=digest(token), member_id=member.id, created_at=clock.now())
    row.is_persistent, row.keeps_account = persistent, keeps_account
    session.add(row)
    session.flush()
    return token


def find(token: str) -> PendingLogin | None:
    """The login of a token, with its member; None if it is unknown, used or over, or its member is banned."""
    row = session.scalars(
        select(PendingLogin)
        .options(joinedload(PendingLogin.member))
        .where(PendingLogin.token_hash == digest(token), PendingLogin.created_at > clock.now() - LIFETIME)
    ).one_or_none()
    if row is None or row.member.is_banned:
        return None
    session.expunge(row)
    return row


def consume(row: PendingLogin) -> bool:
    """Use a login up: whether it still existed. A change of the password, for example, ends it."""
    taken = cast("CursorResult[object]", session.execute(delete(PendingLogin).where(PendingLogin.id == row.id)))
    return taken.rowcount == 1


def void(member: Member) -> None:
    """End all logins of a member that wait for a code."""
    session.execute(delete(PendingLogin).where(PendingLogin.member_id == member.id))


def forget_expired() -> int:
    """Delete those that are over and return their number; run by a job."""
    over = PendingLogin.created_at <= clock.now() - LIFETIME
    return cast("CursorResult[object]", session.execute(delete(PendingLogin).where(over))).rowcount
