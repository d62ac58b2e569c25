"""Bans: who may ban whom, banning and unbanning, and the message to banned members."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from forum import permissions
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid
from forum.infra.text.messages import one_line, say
from forum.members import queries
from forum.members.credentials import api_tokens, sessions
from forum.members.rules import MAX_BAN_REASON
from forum.models import Member, Right, Role, Sanction, SanctionKind
from forum.models.members.sanction import bans_in_force
from forum.permissions import YES, Verdict

RANKS = list(Role)  # in ascending order


class Banned(Forbidden):
    """Refuses a banned member and tells them why and until when."""

    slug = "banned"

    def __init__(self, ban: Sanction) -> None:
        given = {"reason": ban.reason} | ({"day": ban.until.date()} if ban.until else {})
        if ban.until and ban.reason:
            words = say("You are banned until %(day)s. Reason: %(reason)s", **given)
        elif ban.until:
            words = say("You are banned until %(day)s.", **given)
        else:
            words = say("You are banned. Reason: %(reason)s", **given) if ban.reason else say("You are banned.")
        super().__init__(words)


def may_ban(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may ban or unban a member: not themselves, nor a member of their rank or a higher one.

    Among those with the role of a member, the ones who may ban rank above the others.
    """
    verdict = permissions.may_use_right(actor, Right.BAN_MEMBERS)
    if actor is None or not verdict:
        return verdict
    if actor.id == member.id:
        return Verdict(Forbidden(say("You cannot ban yourself.")))
    if _rank(member) >= _rank(actor):
        return Verdict(Forbidden(say("You can only ban members of a lower rank than yours.")))
    return YES


def _rank(member: Member) -> tuple[int, bool]:
    is_plain = member.role == Role.MEMBER
    return RANKS.index(Role(member.role)), is_plain and permissions.has_right(member, Right.BAN_MEMBERS)


def ban(actor: Member, member: Member, *, reason: str = "", until: datetime | None = None) -> None:
    """Ban a member, permanently or until a time, and end all their logins and tokens."""
    permissions.require(may_ban(actor, member))
    impose_ban(actor, member, reason=reason, until=until)


def impose_ban(actor: Member | None, member: Member, *, reason: str = "", until: datetime | None = None) -> None:
    """Ban a member without checking the actor's permission, for example by the operator; replaces an earlier ban.

    Raises Invalid, or Forbidden for the last admin.
    """
    why, now = one_line(reason), clock.now()
    if len(why) > MAX_BAN_REASON:
        raise Invalid({"reason": [say("Use at most %(num)d characters.", num=MAX_BAN_REASON)]})
    if until is not None and until <= now:
        raise Invalid({"until": [say("Choose a day after today.")]})
    if member.is_admin and queries.is_last_admin(member):
        raise Forbidden(say("The forum needs at least one admin. Make another member an admin first."))
    _end_open_bans(member)
    details = {"created_at": now, "until": until, "reason": why, "by_id": actor.id if actor else None}
    session.add(Sanction(member_id=member.id, kind=SanctionKind.BAN, scope="", **details))
    session.flush()
    session.expire(member, ["is_banned"])
    sessions.end_all(member)
    api_tokens.revoke_all(member)
    told = {"until": until.date().isoformat()} if until else {}
    record("ban", actor=actor, target=f"member:{member.id}", reason=why, **told)


def unban(actor: Member, member: Member) -> None:
    """Unban a member."""
    permissions.require(may_ban(actor, member))
    lift_ban(actor, member)


def lift_ban(actor: Member | None, member: Member) -> bool:
    """Unban a member without checking the actor's permission; return False if they were not banned."""
    was_banned = member.is_banned
    _end_open_bans(member)
    session.expire(member, ["is_banned"])
    if was_banned:
        record("unban", actor=actor, target=f"member:{member.id}")
    return was_banned


def ban_of(member: Member) -> Sanction | None:
    """The member's ban in force, if any, with the member who imposed it."""
    bans = select(Sanction).where(Sanction.member_id == member.id, bans_in_force())
    return session.scalars(bans.options(joinedload(Sanction.by))).first()


def _end_open_bans(member: Member) -> None:
    """Set `ended_at` on all open bans, also expired ones; locks the member to serialize concurrent decisions."""
    session.execute(select(Member.id).where(Member.id == member.id).with_for_update())
    open_bans = (Sanction.member_id == member.id, Sanction.kind == SanctionKind.BAN, Sanction.scope == "")
    session.execute(update(Sanction).where(*open_bans, Sanction.ended_at.is_(None)).values(ended_at=clock.now()))
