"""Warning members and withdrawing warnings: who may, what it leads to, and what the member is told."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from forum import permissions
from forum.audit_log import record
from forum.decisions.actions import NO_GROUNDS, Grounds, end_one, state
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.infra.text.messages import one_line, say
from forum.members import sanctions
from forum.models import DecisionKind, Member, MemberWarning, Post, Right, WarningKind
from forum.moderation import reviews
from forum.moderation.warnings import thresholds
from forum.moderation.warnings.lists import latest_id, points_of
from forum.threads.rules import REASON_MAX
from forum.verdicts import Verdict

WARNED_MEANWHILE = say("Somebody has warned this member since you opened the form. Look at that warning first.")
LOWER_RANK = Verdict(Forbidden(say("You can only warn members of a lower rank than yours.")))
ONLY_POSTS = Verdict(Forbidden(say("You can only warn members for posts in boards that you moderate.")))


def may_warn(actor: Member | None, member: Member, post: Post | None = None) -> Verdict:
    """Whether the actor may warn a member, or withdraw a warning.

    Who may ban members may warn the same ones. Who moderates the board of a post, and those inside it, may warn its
    author for it, unless that one moderates there too.
    """
    verdict = sanctions.may_mute(actor, member, post.thread.board_id if post is not None else None)
    if actor is None or verdict:
        return verdict
    if actor.id == member.id:
        return Verdict(Forbidden(say("You cannot warn yourself.")))
    if not (reviews_some := reviews.may_review_some(actor)):
        return reviews_some
    can_ban = permissions.may_use_right(actor, Right.BAN_MEMBERS)
    return LOWER_RANK if can_ban or post is not None else ONLY_POSTS


def warn(
    actor: Member,
    member: Member,
    kind: WarningKind | None,
    *,
    grounds: Grounds = NO_GROUNDS,
    post: Post | None = None,
    seen: int | None = None,
) -> MemberWarning:
    """Warn a member, tell them why, and do what the points that they have then lead to.

    `seen` is the id of their latest warning when the actor looked, 0 for none. Raises Invalid, or Conflict if somebody
    has warned them since.
    """
    member = sanctions.account_to_sanction(member)
    permissions.require(may_warn(actor, member, post))
    _lock(member)
    if seen is not None and seen != latest_id(member):
        raise Conflict(WARNED_MEANWHILE)
    if kind is None or not kind.is_active:
        raise Invalid({"kind": [say("Choose one.")]})
    _check(member, grounds, post)
    before, told = points_of(member), Grounds(one_line(grounds.reason), one_line(grounds.rule))
    warning = _give(actor, member, kind, told, post)
    cause = Grounds(told.reason or kind.title, told.rule)
    thresholds.apply(actor, member, before, before + kind.points, grounds=cause)
    return warning


def _give(actor: Member, member: Member, kind: WarningKind, told: Grounds, post: Post | None) -> MemberWarning:
    """Store a warning, and tell the member."""
    now = clock.now()
    expires_at = now + timedelta(days=kind.days) if kind.days else None
    copied = {"title": kind.title, "points": kind.points, "text": kind.text}
    warning = MemberWarning(member=member, by=actor, created_at=now, expires_at=expires_at, **copied)
    warning.reason, warning.rule, warning.about_post = told.reason, told.rule, post
    session.add(warning)
    text = post.source if post else ""
    warning.decision = state(DecisionKind.WARNING, actor, member.id, told, about=post, text=text)
    session.flush()
    details = {"points": kind.points, "reason": told.reason, "post": post.id if post else None}
    _record("warn", actor, warning, **details)
    return warning


def _record(action: str, actor: Member, warning: MemberWarning, **details: object) -> None:
    target = f"member:{warning.member_id}"
    more: dict[str, Any] = {"warning": warning.id, "name": warning.title} | details
    record(action, actor=actor, target=target, **more)


def _check(member: Member, grounds: Grounds, post: Post | None) -> None:
    if post is not None and post.author_id != member.id:
        raise Invalid({"post_id": [say("Somebody else wrote this post.")]})
    if len(one_line(grounds.reason)) > REASON_MAX:
        raise Invalid({"reason": [say("Use at most %(num)d characters.", num=REASON_MAX)]})


def withdraw(actor: Member, warning: MemberWarning, *, reason: str = "") -> None:
    """Withdraw a warning, and lift what its points led to. Raises Conflict if it is withdrawn already."""
    _lock(warning.member)
    session.refresh(warning, ["withdrawn_at"])
    permissions.require(may_warn(actor, warning.member, warning.about_post))
    if warning.withdrawn_at is not None:
        raise Conflict(say("This warning has been withdrawn already."))
    why = one_line(reason)
    if len(why) > REASON_MAX:
        raise Invalid({"reason": [say("Use at most %(num)d characters.", num=REASON_MAX)]})
    warning.withdrawn_at, warning.withdrawn_by_id, warning.withdraw_reason = clock.now(), actor.id, why
    session.flush()
    if warning.decision_id is not None:
        end_one(DecisionKind.WARNING, warning.decision_id)
    _record("withdraw-warning", actor, warning, points=warning.points, reason=why)
    thresholds.take_back(actor, warning.member)


def _lock(member: Member) -> None:
    """Decide one after the other about a member, so that a threshold acts once."""
    session.execute(select(Member.id).where(Member.id == member.id).with_for_update())
