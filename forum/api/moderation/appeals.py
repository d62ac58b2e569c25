"""Appeals by members against decisions, and the moderators' answers."""

from typing import Any

from forum import permissions
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.auth import identity
from forum.decisions.prepared import TO_APPEAL, answer_of
from forum.interfaces import absolute_url
from forum.models import Appeal, Decision, Member, ReviewItem, ReviewKind
from forum.models.moderation.report import MAX_ANSWER
from forum.moderation import reviews
from forum.moderation.appeals import deciding
from forum.moderation.reports import cases
from forum.schemas.moderation.appeals import AppealDecisionBodyIn, AppealListOut, AppealOut, AppealsIn

blueprint = ApiBlueprint("appeals", "Appeals by members against decisions about them.")
ONE = "/moderation/appeals/<id:item_id>"


@blueprint.reads("/moderation/appeals", AppealListOut, query=AppealsIn, login=True)
def show_all(query: dict[str, Any]) -> PageResponse:
    """List the appeals that the caller may see; open ones are oldest first. Needs the scope moderate."""
    items, page = cases.cases_on_page(_moderator(), query["show"], query["page"], kind=ReviewKind.APPEAL)
    decided = deciding.words_of(items)
    return paginated([_row(item, decided[item.id]) for item in items], page)


def _moderator() -> Member:
    actor = identity.member()
    scopes.require_scopes("moderate")
    permissions.require(reviews.may_review_some(actor))
    return actor


@blueprint.reads(ONE, AppealOut, login=True)
def show(item_id: int) -> dict[str, Any]:
    """Get an appeal with the decision that it is against. Needs the scope moderate."""
    actor = _moderator()
    return _whole(actor, deciding.find_appeal(actor, item_id))


@blueprint.writes("PATCH", ONE, AppealOut, body=AppealDecisionBodyIn, status=200)
def decide(body: dict[str, Any], item_id: int) -> dict[str, Any]:
    """Uphold the decision, or reverse it and undo what was done. Needs the scope moderate."""
    actor = _moderator()
    appeal = deciding.find_appeal(actor, item_id)
    reason = answer_of(TO_APPEAL, body["prepared_reason"], body["reason"], most=MAX_ANSWER)
    deciding.decide_appeal(actor, appeal, body["decision"], reason=reason)
    return _whole(actor, deciding.find_appeal(actor, item_id))


def _row(item: ReviewItem, decision: Decision) -> dict[str, Any]:
    return {
        "id": item.id,
        "url": absolute_url(f"/moderation/appeals/{item.id}"),
        "state": item.decision if item.decided_at else "open",
        "member": serializers.member_ref(item.member),
        "against": decision.kind,
        "post": serializers.post_ref(item.post) if item.post else None,
        "opened_at": item.opened_at,
        "decided_at": item.decided_at,
        "assignee": serializers.member_ref(item.assignee) if item.assignee else None,
        "decided_by": serializers.member_ref(item.decided_by) if item.decided_by else None,
    }


def _whole(actor: Member, appeal: Appeal) -> dict[str, Any]:
    item, decision = appeal.item, appeal.decided
    return _row(item, decision) | {
        "words": appeal.words,
        "reason": decision.reason,
        "rule": decision.rule,
        "removed_text": decision.text,
        "answer": item.answer,
        "by": serializers.member_ref(decision.by) if decision.by else None,
        "may_decide": item.decided_at is None and bool(deciding.may_decide(actor, appeal)),
    }
