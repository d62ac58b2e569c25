"""Accounts that their members, or admins, have closed, until they are erased."""

from datetime import datetime

from forum.audit_log import record
from forum.infra.database.db import session
from forum.infra.errors import Forbidden
from forum.infra.text.messages import say
from forum.models import AccountErasure, Member
from forum.site import actions as site
from forum.site.queries import snapshot


class Closed(Forbidden):
    """Refuses to log in to a closed account, and says how its member can keep it."""

    slug = "account-closed"

    def __init__(self, until: datetime) -> None:
        super().__init__(
            say(
                "You have closed this account; it will be deleted on %(day)s. To keep it, tick “Keep my account” and "
                "enter your password again.",
                day=snapshot().day_of(until),
            )
        )


class ClosedByStaff(Forbidden):
    """Refuses to log in to an account that an admin has closed."""

    slug = "closed-by-staff"

    def __init__(self) -> None:
        super().__init__(say("This account was closed by the staff of this forum."))


def pending_erasure(member: Member) -> AccountErasure | None:
    """The erasure of a closed account, if it has not begun.

    An archive does not say how far one was: where password and address are gone, it has begun.
    """
    row = session.get(AccountErasure, member.id)
    has_begun = row is None or bool(row.step) or (member.password_hash is None and not member.email)
    return None if has_begun else row


def require_open(member: Member, *, keep: bool) -> None:
    """Raise Closed or ClosedByStaff for a closed account, unless its member closed it and wants to keep it."""
    if member.closed_at is None:
        return
    row = pending_erasure(member)
    if row is None or row.by_id != member.id:
        raise ClosedByStaff
    if not keep:
        raise Closed(row.erase_at)


def reopen(actor: Member | None, member: Member) -> None:
    """Open a closed account again, unless its erasure has begun."""
    session.refresh(member, with_for_update=True)
    row = pending_erasure(member)
    if row is None:
        return
    session.delete(row)
    member.closed_at = None
    record("keep-account", actor=actor, target=f"member:{member.id}")
    site.bump_version()
