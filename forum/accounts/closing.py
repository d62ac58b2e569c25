"""Close an account: it cannot be used from then on, and after GRACE it is erased."""

from datetime import datetime, timedelta

from forum.accounts.erasing import names_of
from forum.accounts.merging import is_merging
from forum.admin.members.member_actions import authorize_account
from forum.admin.rules import Administrator, Operator
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.infra.errors import Conflict, Forbidden
from forum.infra.text.messages import say
from forum.members import account_mail, queries
from forum.members.actions import confirm_password
from forum.members.credentials import api_tokens, closed_accounts, mail_tokens, sessions
from forum.members.signup import invitations
from forum.models import AccountErasure, Member
from forum.moderation import queue
from forum.site import actions as site

GRACE = timedelta(days=14)


def close_own(actor: Member, *, password: str, deletes_posts: bool, home: str) -> None:
    """Close the actor's own account, which they can keep by logging in within GRACE. Raises Invalid or Forbidden."""
    _require_not_last_admin(actor)
    confirm_password(actor, password)
    start_writing()
    _close(actor, actor, erase_at=clock.now() + GRACE, deletes_posts=deletes_posts)
    if actor.email:
        day = (clock.now() + GRACE).date()
        account_mail.tell_of_closing(actor.email, username=actor.username, day=day, link=f"{home}/login")


def close_for_member(
    actor: Administrator, member: Member, *, password: str = "", at_once: bool, deletes_posts: bool
) -> None:
    """Close a member's account; the admin enters their own password. Raises Conflict if it is being erased."""
    admin = authorize_account(actor, member)
    if admin is not None:
        confirm_password(admin, password)
        start_writing()
        authorize_account(actor, member)
    erase_at = clock.now() + (timedelta(0) if at_once else GRACE)
    _close(admin, member, erase_at=erase_at, deletes_posts=deletes_posts)


def reopen_for_member(actor: Administrator, member: Member) -> None:
    """Open a closed account again, unless its erasure has begun."""
    admin = authorize_account(actor, member)
    closed_accounts.reopen(None if isinstance(actor, Operator) else admin, member)


def _close(admin: Member | None, member: Member, *, erase_at: datetime, deletes_posts: bool) -> None:
    session.refresh(member, with_for_update=True)
    if member.is_admin:
        site.lock()  # so that two admins cannot go at once, each because of the other
    _require_not_last_admin(member)
    if is_merging(member):
        raise Conflict(say("This account is being merged. Wait until that is finished."))
    pending = closed_accounts.pending_erasure(member)
    if member.closed_at is not None and pending is None:
        raise Conflict(say("This account was deleted."))
    if pending is not None:
        session.delete(pending)
        session.flush()
    now = clock.now()
    member.closed_at = now
    row = AccountErasure(member_id=member.id, created_at=now, erase_at=erase_at, by_id=admin.id if admin else None)
    row.deletes_posts, row.names, row.step, row.done_to = deletes_posts, "\n".join(names_of(member)), "", 0
    session.add(row)
    sessions.end_all(member)
    api_tokens.revoke_all(member)
    mail_tokens.void(member)
    invitations.revoke_all(admin, member)
    queue.settle_account(member)
    record("close-account", actor=admin, target=f"member:{member.id}", until=erase_at.date().isoformat())
    site.bump_version()  # no page leads to the profile any more


def _require_not_last_admin(member: Member) -> None:
    if member.is_admin and queries.is_last_admin(member):
        raise Forbidden(say("The forum needs at least one admin. Make another member an admin first."))
