"""Letting everything that a member writes wait for approval, as thresholds of warnings do too."""

from datetime import datetime

from sqlalchemy import select

from forum import permissions
from forum.audit_log import Change, record
from forum.decisions.actions import Grounds
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden
from forum.infra.text.messages import say
from forum.members.sanctions import (
    account_to_sanction,
    end_open,
    forget_sanctions,
    impose,
    kept,
    may_ban,
)
from forum.models import Member, Right, Sanction, SanctionKind
from forum.models.members.sanction import holds_in_force
from forum.verdicts import YES, Verdict

OWN = Verdict(Forbidden(say("You cannot decide this about yourself.")))
NEVER_WAITS = Verdict(
    Conflict(say("Posts of this member never wait, because they may post without limits. Take that right away first."))
)


def may_hold(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may let a member's posts wait, or lift that: who may ban them."""
    if actor is not None and actor.id == member.id:
        return OWN
    return may_ban(actor, member)


def hold_of(member: Member) -> Sanction | None:
    """What lets all posts of a member wait, if anything does."""
    return session.scalars(select(Sanction).where(Sanction.member_id == member.id, holds_in_force())).first()


def kept_hold(member: Member) -> dict[str, object]:
    """What lets a member's posts wait, as the log keeps it."""
    return {"hold": kept(hold_of(member))}


def hold(actor: Member, member: Member, *, reason: str = "", rule: str = "", until: datetime | None = None) -> None:
    """Let everything that a member writes wait for approval, for good or until a time; they are told why.

    Replaces what let their posts wait before. Raises Invalid.
    """
    member = account_to_sanction(member)
    permissions.require(may_hold(actor, member))
    without_limits = Right.POST_WITHOUT_LIMITS in permissions.scope_despite_ban(member).rights
    permissions.require(NEVER_WAITS if without_limits else YES)
    before = kept_hold(member)
    told = impose(SanctionKind.HOLD, actor, member, grounds=Grounds(reason, rule), until=until)
    record("hold-member", actor=actor, target=f"member:{member.id}", change=Change(before, kept_hold(member)), **told)


def lift_hold(actor: Member, member: Member) -> bool:
    """Let a member's posts appear at once again; what waits still waits. Return False if nothing held them."""
    permissions.require(may_hold(actor, member))
    before = kept_hold(member)
    end_open(SanctionKind.HOLD, member)
    forget_sanctions(member)
    if before["hold"] is None:
        return False
    record("unhold-member", actor=actor, target=f"member:{member.id}", change=Change(before, kept_hold(member)))
    return True
