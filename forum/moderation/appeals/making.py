"""Appealing: a member says, once and within a time, why a decision about them was wrong. Banned members may, too."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.ephemeral.rate_limits import hit
from forum.infra.errors import Conflict, Forbidden, Invalid, TooSoon
from forum.infra.text.messages import body_text, say, visible_length
from forum.members.rules import DAY_SECONDS
from forum.models import Appeal, Decision, Member, Post, ReviewItem, ReviewKind
from forum.models.moderation.appeal import MAX_APPEAL_WORDS
from forum.moderation.open_count import forget_count
from forum.permissions import require
from forum.site.queries import snapshot
from forum.verdicts import HIDDEN, YES, Verdict

APPEALS_A_DAY = 20
NO_APPEALS = Verdict(Forbidden(say("This forum takes no appeals.")))
NOT_IN_FORCE = Verdict(Conflict(say("This decision is no longer in force, so there is nothing to appeal against.")))
TOO_LATE = Verdict(Forbidden(say("It is too late to appeal against this decision.")))


def may_appeal(member: Member, decision: Decision) -> Verdict:
    """Whether a member, banned or not, may appeal against a decision about them, apart from that one can only once."""
    if decision.member_id != member.id:
        return HIDDEN
    if decision.ended_at is not None:
        return NOT_IN_FORCE
    last = last_moment(decision)
    if last is None:
        return NO_APPEALS
    return YES if clock.now() <= last else TOO_LATE


def last_moment(decision: Decision) -> datetime | None:
    """Until when a decision can be appealed against; None if the forum takes no appeals."""
    days = snapshot().appeal_days
    return decision.at + timedelta(days=days) if days else None


def appeals_against(decisions: Iterable[Decision]) -> dict[int, Appeal]:
    """The appeals against decisions, by the decisions' ids, with their cases; one statement."""
    found = select(Appeal).join(Appeal.item).where(Appeal.decision_id.in_([each.id for each in decisions]))
    return {each.decision_id: each for each in session.scalars(found.options(contains_eager(Appeal.item)))}


def appeal_against(decision: Decision) -> Appeal | None:
    """The appeal against a decision, with its case."""
    found = select(Appeal).join(Appeal.item).where(Appeal.decision_id == decision.id)
    return session.scalars(found.options(contains_eager(Appeal.item))).one_or_none()


def appeal(member: Member, decision: Decision, words: str) -> Appeal:
    """Appeal against a decision; a second time returns the first appeal. Raises Invalid or TooSoon."""
    clean = body_text(words)
    if not visible_length(clean):
        raise Invalid({"words": [say("Say why the decision is wrong.")]})
    if len(clean) > MAX_APPEAL_WORDS:
        raise Invalid({"words": [say("Use at most %(num)d characters.", num=MAX_APPEAL_WORDS)]})
    session.refresh(decision, ["ended_at"], with_for_update=True)  # of two that come at once, one writes
    made = appeal_against(decision)
    if made is not None:
        return made
    require(may_appeal(member, decision))
    if wait := hit(f"appeal:{member.id}", limit=APPEALS_A_DAY, seconds=DAY_SECONDS):
        raise TooSoon(say("You have appealed a lot today. Try again tomorrow."), retry_after=wait)
    now, kind = clock.now(), ReviewKind.APPEAL.value
    item = ReviewItem(kind=kind, post_id=_post_id(decision), member_id=member.id, opened_at=now)
    session.add(item)
    session.flush()
    made = Appeal(decision_id=decision.id, item=item, words=clean, created_at=now)
    session.add(made)
    session.flush()
    forget_count()
    return made


def _post_id(decision: Decision) -> int | None:
    """The post by whose board it is known who may decide: of a thread the first."""
    if decision.about_thread_id is None:
        return decision.about_post_id
    first = select(Post.id).where(Post.thread_id == decision.about_thread_id, Post.position == 1)
    return session.scalar(first)
