"""What those who keep order do to accounts: ban, lift a ban, give a role."""

from forum import permissions
from forum.base import clock
from forum.base.db import session
from forum.base.errors import Forbidden, Invalid
from forum.base.text import one_line, say
from forum.log import record
from forum.members import api_tokens, queries, sessions
from forum.members.rules import MAX_BAN_REASON
from forum.models import Member, Role
from forum.permissions import STAFF_ONLY, YES, Verdict


def may_ban(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may shut a member out or let them in: staff, never themselves, moderators never staff."""
    keeps_order = permissions.may_see_log(actor)
    if actor is None or not keeps_order:
        return keeps_order
    if actor.id == member.id:
        return Verdict(Forbidden(say("You cannot ban yourself.")))
    return YES if actor.is_admin or not member.is_moderator else STAFF_ONLY


def ban(actor: Member, member: Member, *, reason: str = "") -> None:
    """Shut a member out: all their logins and tokens end at once."""
    permissions.require(may_ban(actor, member))
    why = one_line(reason)
    if len(why) > MAX_BAN_REASON:
        raise Invalid({"reason": [say("Use at most %(num)d characters.", num=MAX_BAN_REASON)]})
    member.banned_at, member.ban_reason = clock.now(), why
    sessions.end_all(member)
    api_tokens.revoke_all(member)
    record("ban", actor=actor, target=f"member:{member.id}", reason=why)
    session.flush()


def unban(actor: Member, member: Member) -> None:
    """Let a banned member in again."""
    permissions.require(may_ban(actor, member))
    member.banned_at, member.ban_reason = None, ""
    record("unban", actor=actor, target=f"member:{member.id}")
    session.flush()


def set_role(actor: Member, member: Member, role: Role) -> None:
    """Make a member a moderator or admin, or again a plain member; somebody always runs the forum."""
    permissions.require(permissions.may_administer(actor))
    change_role(actor, member, role)


def change_role(actor: Member | None, member: Member, role: Role) -> None:
    """Give a role; the operator at the command line is no member and may."""
    was = Role(member.role)
    if was == Role.ADMIN and role != Role.ADMIN and queries.is_last_admin(member):
        raise Forbidden(say("Somebody must run the forum: make another member admin first."))
    member.role = role
    record("set-role", actor=actor, target=f"member:{member.id}", was=str(was), role=str(role))
    session.flush()
