"""Appeals as moderators see them, and deciding: by another moderator than who took the decision."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from forum import page_versions, permissions
from forum.audit_log import record
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid, NotFound
from forum.infra.text.messages import body_text, say, visible_length
from forum.models import Appeal, Decision, Member, ReviewItem, ReviewKind
from forum.models.moderation.appeal import REVERSE, UPHOLD
from forum.models.moderation.report import MAX_ANSWER
from forum.moderation import reviews
from forum.moderation.appeals.reversals import reverse
from forum.moderation.moderators import who_may_decide
from forum.moderation.reports.cases import with_names
from forum.notifications import actions as notifications
from forum.verdicts import YES, Verdict

ANSWERED = "appeal-answered"  # the kind of notification
OWN_DECISION = Verdict(Forbidden(say("You took this decision, so another moderator has to decide the appeal.")))


def find_appeal(actor: Member, item_id: int) -> Appeal:
    """An appeal that the actor may see, with its case, its decision and who took that. Raises NotFound."""
    wanted = reviews.reviewable(actor).where(ReviewItem.id == item_id, ReviewItem.kind == ReviewKind.APPEAL.value)
    item = session.scalars(with_names(wanted).execution_options(populate_existing=True)).one_or_none()
    if item is None or not reviews.may_review(actor, item):
        raise NotFound
    found = select(Appeal).where(Appeal.item_id == item.id).options(joinedload(Appeal.decided).joinedload(Decision.by))
    appeal = session.scalars(found, execution_options={"populate_existing": True}).one_or_none()
    if appeal is None:
        raise NotFound
    set_committed_value(appeal, "item", item)
    return appeal


def words_of(items: list[ReviewItem]) -> dict[int, Decision]:
    """The decisions that some appeals are against, by the ids of their cases; one statement."""
    found = select(Appeal.item_id, Decision).join(Appeal.decided).where(Appeal.item_id.in_([item.id for item in items]))
    return {row.item_id: row.Decision for row in session.execute(found)} if items else {}


def may_decide(actor: Member, appeal: Appeal) -> Verdict:
    """Whether the actor may decide an appeal: not about their own decision, admins excepted while they are alone."""
    verdict = reviews.may_review(actor, appeal.item)
    if not verdict or appeal.decided.by_id != actor.id:
        return verdict
    return YES if actor.is_admin and not others_for(actor, appeal) else OWN_DECISION


def others_for(actor: Member, appeal: Appeal) -> list[Member]:
    """The moderators beside the actor who may decide an appeal."""
    ours = {actor.id, appeal.decided.by_id}
    return [member for member in who_may_decide(appeal.item) if member.id not in ours]


def decide_appeal(actor: Member, appeal: Appeal, decision: str, *, reason: str) -> None:
    """Uphold the decision, or reverse it and undo what was done; the member is told why.

    Of two moderators the second gets Conflict. Raises Invalid without a reason.
    """
    clean = _checked(decision, reason)
    item = appeal.item
    if item.post is not None:
        page_versions.lock_thread(item.post.thread, item.post)
    permissions.require(may_decide(actor, appeal))
    reviews.decide(actor, item, decision)
    item.answer = clean
    if decision == REVERSE:
        session.refresh(appeal.decided, ["ended_at"], with_for_update=True)
        reverse(actor, appeal.decided)
    subject, details = f"decision:{appeal.decision_id}", {"title": appeal.decided.title}
    notifications.tell(item.member_id, ANSWERED, subject=subject, details=details)
    board = item.post.thread.board_id if item.post is not None else None
    record("decide-appeal", actor=actor, target=f"appeal:{item.id}", decision=decision, board=board)
    session.flush()


def _checked(decision: str, reason: str) -> str:
    clean = body_text(reason)
    if decision not in {UPHOLD, REVERSE}:
        raise Invalid({"decision": [say("Choose one.")]})
    if not visible_length(clean):
        raise Invalid({"reason": [say("Say why: the member reads it.")]})
    if len(clean) > MAX_ANSWER:
        raise Invalid({"reason": [say("Use at most %(num)d characters.", num=MAX_ANSWER)]})
    return clean
