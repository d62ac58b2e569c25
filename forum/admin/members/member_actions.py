"""Change members' titles, log them out, help them to log in again; roles are changed by members/roles.py."""

from forum.admin.rules import Administrator, Operator
from forum.audit_log import Change, record
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid
from forum.infra.text.messages import one_line, say
from forum.members import account_mail
from forum.members.credentials import api_tokens, mail_tokens, sessions, two_factor
from forum.members.rules import RESET_HOURS
from forum.models import Member, Purpose, Right, Role
from forum.permissions import may_use_right, require, scope_despite_ban, scope_of
from forum.verdicts import YES, Verdict

MAX_CUSTOM_TITLE = 60


def may_change_account(actor: Member, member: Member) -> Verdict:
    """Whether the actor may change an account: others than admins must be able to do all that its member can."""
    verdict = may_use_right(actor, Right.MANAGE_MEMBERS)
    if not verdict or actor.is_admin:
        return verdict
    if not can_all_that(actor, member):
        return Verdict(Forbidden(say("Only admins can change the accounts of staff.")))
    return YES


def can_all_that(actor: Member, member: Member) -> bool:
    """Whether a member is no staff, and the actor has all their rights and moderates where they do."""
    theirs, ours = scope_despite_ban(member), scope_of(actor)
    return member.role == Role.MEMBER and theirs.rights <= ours.rights and theirs.moderate <= ours.moderate


def authorize_account(actor: Administrator, member: Member) -> Member | None:
    """Require that the actor may change the account; returns the member for the log, None for the operator."""
    if isinstance(actor, Operator):
        return None
    require(may_change_account(actor, member))
    return actor


def change_title(actor: Administrator, member: Member, title: str) -> None:
    """Give a member a title of their own; without one, they have that of their number of messages."""
    admin, clean = authorize_account(actor, member), one_line(title)
    if len(clean) > MAX_CUSTOM_TITLE:
        raise Invalid({"custom_title": [say("Use at most %(num)d characters.", num=MAX_CUSTOM_TITLE)]})
    if clean != member.custom_title:
        was, target = member.custom_title, f"member:{member.id}"
        change = Change({"custom_title": was}, {"custom_title": clean})
        record("change-title", actor=admin, target=target, change=change, was=was, now=clean)
        member.custom_title = clean
        session.flush()


def log_out_everywhere(actor: Administrator, member: Member) -> None:
    """End all logins of a member and revoke all API tokens."""
    admin = authorize_account(actor, member)
    count = sessions.end_all(member) + api_tokens.revoke_all(member)
    record("end-all-sessions", actor=admin, target=f"member:{member.id}", count=count)


def reset_link(actor: Administrator, member: Member, *, home: str) -> str:
    """A link with which a member chooses a new password; mailed to them if mail is set up, and then empty here.

    Raises Forbidden for an admin's account.
    """
    admin = authorize_account(actor, member)
    if member.is_admin:
        raise Forbidden(say("Admins reset their own passwords, or the operator does, with “forum set-password”."))
    secret = mail_tokens.issue(Purpose.RESET, member=member, email=member.email or "", hours=RESET_HOURS)
    record("make-reset-link", actor=admin, target=f"member:{member.id}")
    link = f"{home}/reset/{secret}"
    if not (account_mail.mail_is_set_up() and member.email):
        return link
    account_mail.send_reset(member.email, username=member.username, link=link)
    return ""


def turn_off_two_factor(actor: Administrator, member: Member, *, home: str) -> bool:
    """Turn off two-factor authentication of a member who has lost the app and the recovery codes; tells them by mail.

    Returns whether it was on.
    """
    return two_factor.turn_off(member, by=authorize_account(actor, member), home=home)
