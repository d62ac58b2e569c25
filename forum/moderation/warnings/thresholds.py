"""What the points of warnings lead to: applied when they reach a threshold, taken back when a warning is withdrawn.

A threshold never shortens what is in force already, and taking it back restores what it replaced.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from forum.audit_log import record
from forum.decisions import earlier
from forum.decisions.actions import Grounds, end_sanctions, state
from forum.infra import clock
from forum.infra.database.db import session
from forum.members.credentials import api_tokens, sessions
from forum.members.sanctions import forget_sanctions
from forum.models import DecisionKind, Member, Sanction, SanctionKind, ThresholdAct, WarningThreshold
from forum.moderation.warnings.lists import points_of
from forum.site.queries import snapshot

BEGUN = {SanctionKind.HOLD: "hold-member", SanctionKind.MUTE: "mute", SanctionKind.BAN: "ban"}  # actions of the log
ENDED = {SanctionKind.HOLD: "unhold-member", SanctionKind.MUTE: "unmute", SanctionKind.BAN: "unban"}


def reached(before: int, after: int) -> list[WarningThreshold]:
    """What happens when a member's points grow: of each act the longest, the mildest act first."""
    rows = select(WarningThreshold).where(WarningThreshold.points > before, WarningThreshold.points <= after)
    longest: dict[str, WarningThreshold] = {}
    for row in session.scalars(rows.order_by(WarningThreshold.points)):
        other = longest.get(row.act)
        if other is None or (other.days is not None and (row.days is None or row.days >= other.days)):
            longest[row.act] = row
    return [longest[act] for act in ThresholdAct if act in longest]


def apply(actor: Member, member: Member, before: int, after: int, *, grounds: Grounds) -> None:
    """Do what the points that a member has reached lead to; the caller has locked the member."""
    for threshold in reached(before, after):
        _impose(actor, member, threshold, grounds)


def _impose(actor: Member, member: Member, threshold: WarningThreshold, grounds: Grounds) -> None:
    kind, now = SanctionKind(threshold.act), clock.now()
    until = now + timedelta(days=threshold.days) if threshold.days else None
    previous = _open(member, kind)
    if (
        previous is not None
        and _lasts(previous, now)
        and (previous.until is None or (until and previous.until >= until))
    ):
        return
    if previous is not None:
        previous.ended_at = now
        end_sanctions(DecisionKind(kind.value), member.id, [previous.created_at])
        session.flush()
    values = {"created_at": now, "until": until, "reason": grounds.reason, "by_id": actor.id}
    session.add(Sanction(member_id=member.id, kind=kind.value, scope="", for_points=threshold.points, **values))
    decision = state(DecisionKind(kind.value), actor, member.id, grounds)
    if decision is not None:
        decision.at = now
    session.flush()
    if kind == SanctionKind.BAN:
        sessions.end_all(member)
        api_tokens.revoke_all(member)
    forget_sanctions(member)
    day = snapshot().day_of(until).isoformat() if until else None
    record(BEGUN[kind], actor=actor, target=f"member:{member.id}", points=threshold.points, until=day)


def take_back(actor: Member, member: Member) -> None:
    """Lift what points led to that a member has not reached without the warnings that are withdrawn.

    What moderators have changed since is theirs, and stays. The caller has locked the member.
    """
    for kind in SanctionKind:
        while (found := _open(member, kind)) is not None and not _is_earned(member, found):
            _lift(actor, member, found)


def _is_earned(member: Member, sanction: Sanction) -> bool:
    """Whether a sanction has another cause than points, or its points were reached when it began, or are now."""
    if sanction.for_points is None:
        return True
    return max(points_of(member, sanction.created_at), points_of(member)) >= sanction.for_points


def _lift(actor: Member, member: Member, sanction: Sanction) -> None:
    """End a sanction, and let go on what it replaced."""
    _end(actor, member, sanction)
    before = earlier.replaced_by(sanction)
    if before is not None:
        earlier.resume(before)
        forget_sanctions(member)


def _end(actor: Member, member: Member, sanction: Sanction) -> None:
    kind = SanctionKind(sanction.kind)
    sanction.ended_at = clock.now()
    session.flush()
    end_sanctions(DecisionKind(kind.value), member.id, [sanction.created_at])
    forget_sanctions(member)
    record(ENDED[kind], actor=actor, target=f"member:{member.id}", points=sanction.for_points)


def _open(member: Member, kind: SanctionKind) -> Sanction | None:
    """The sanction of a kind in the whole forum that is not ended, also an expired one."""
    theirs = (Sanction.member_id == member.id, Sanction.kind == kind.value, Sanction.scope == "")
    found = select(Sanction).where(*theirs, Sanction.ended_at.is_(None))
    return session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def _lasts(sanction: Sanction, now: datetime) -> bool:
    return sanction.until is None or sanction.until > now
