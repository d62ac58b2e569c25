"""Sanctions that were lifted or replaced, and letting one count again as it was: since when, by whom, by which rule."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, or_, select

from forum.decisions.actions import resume_sanction
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict
from forum.infra.text.messages import say
from forum.models import Appeal, Decision, DecisionKind, Member, ReviewItem, Sanction, SanctionKind
from forum.models.moderation.appeal import REVERSE

IS_OVER = say("Its time is over meanwhile, so there is nothing to bring back.")


class Imposed(NamedTuple):
    """What the log keeps of a sanction."""

    reason: str
    until: datetime | None


def lasting(kept: Mapping[str, Any] | None) -> Imposed | None:
    """A sanction of which the log keeps these values; None if there was none, or its time is over."""
    if kept is None:
        return None
    until = datetime.fromisoformat(kept["until"]) if kept["until"] else None
    return Imposed(kept["reason"], until) if until is None or until > clock.now() else None


def require_lifted(kept: Mapping[str, Any] | None, *, lifted: bool) -> None:
    """Raise Conflict if nothing was lifted because a sanction to be brought back is over."""
    if kept is not None and not lifted:
        raise Conflict(IS_OVER)


def find_ended(kind: SanctionKind, member: Member, scope: str, kept: Imposed) -> Sanction | None:
    """The latest sanction that said this and has ended, unless an appeal ended it."""
    same = (
        Sanction.reason == kept.reason,
        Sanction.until.is_(None) if kept.until is None else Sanction.until == kept.until,
    )
    return session.scalars(_ended(kind, member.id, scope).where(*same)).first()


def replaced_by(sanction: Sanction) -> Sanction | None:
    """The sanction that this one has replaced, if it would last still, and no appeal ended it."""
    lasts = or_(Sanction.until.is_(None), Sanction.until > clock.now())
    replaced = (Sanction.ended_at == sanction.created_at, Sanction.created_at < sanction.created_at, lasts)
    theirs = _ended(SanctionKind(sanction.kind), sanction.member_id, sanction.scope)
    return session.scalars(theirs.where(*replaced)).first()


def _ended(kind: SanctionKind, member_id: int, scope: str) -> Select[Sanction]:
    theirs = (Sanction.member_id == member_id, Sanction.kind == kind.value, Sanction.scope == scope)
    found = select(Sanction).where(*theirs, Sanction.ended_at.is_not(None), ~_is_reversed(told_as(kind, scope)))
    return found.order_by(Sanction.ended_at.desc(), Sanction.id.desc()).limit(1)


def _is_reversed(kind: DecisionKind) -> ColumnElement[bool]:
    """Whether an appeal against a sanction was granted."""
    appealed = select(Decision.id).join(Appeal, Appeal.decision_id == Decision.id)
    appealed = appealed.join(ReviewItem, ReviewItem.id == Appeal.item_id).where(ReviewItem.decision == REVERSE)
    same = (Decision.member_id == Sanction.member_id, Decision.kind == kind.value, Decision.at == Sanction.created_at)
    return exists(appealed.where(*same).correlate(Sanction))


def told_as(kind: SanctionKind, scope: str) -> DecisionKind:
    """The kind of decision that tells of a sanction."""
    return DecisionKind.THREAD_BAN if scope.startswith("thread:") else DecisionKind(kind.value)


def resume(sanction: Sanction) -> None:
    """Let a sanction that has ended count again, with the decision that told of it; the caller has ended any other."""
    sanction.ended_at = None
    session.flush()
    resume_sanction(told_as(SanctionKind(sanction.kind), sanction.scope), sanction.member_id, sanction.created_at)
