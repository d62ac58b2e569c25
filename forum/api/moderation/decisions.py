"""What staff decided about the caller, and appealing against it."""

from typing import Any

from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated
from forum.auth import identity
from forum.decisions import queries
from forum.interfaces import absolute_url
from forum.members.sanctions import until_of
from forum.models import Appeal, Decision, Member
from forum.moderation.appeals import making
from forum.schemas.listing import PageIn
from forum.schemas.moderation.decisions import NewAppealIn, OwnDecisionListOut, OwnDecisionOut

blueprint = ApiBlueprint("decisions", "What staff decided about the caller, and appeals against it.")
ONE = "/me/decisions/<id:decision_id>"


@blueprint.reads("/me/decisions", OwnDecisionListOut, query=PageIn, login=True)
def show_all(query: dict[str, Any]) -> PageResponse:
    """List what staff decided about the caller and what they wrote, newest first."""
    me = identity.member()
    rows, page = queries.decisions_about(me, query["page"])
    appeals, titles = making.appeals_against(rows), queries.titles_of(me, rows)
    return paginated([_shown(me, row, appeals.get(row.id), titles[row.id]) for row in rows], page)


@blueprint.reads(ONE, OwnDecisionOut, login=True)
def show(decision_id: int) -> dict[str, Any]:
    """Get a decision, with the caller's appeal against it and the answer."""
    me = identity.member()
    return _whole(me, queries.find_own(me, decision_id))


@blueprint.writes("POST", f"{ONE}/appeal", OwnDecisionOut, body=NewAppealIn, status=201)
def appeal(body: dict[str, Any], decision_id: int) -> dict[str, Any]:
    """Appeal against a decision, once; another moderator decides. A second time changes nothing."""
    me = identity.member()
    decision = queries.find_own(me, decision_id)
    making.appeal(me, decision, body["words"])
    return _whole(me, decision)


def _whole(me: Member, decision: Decision) -> dict[str, Any]:
    appeal, title = making.appeal_against(decision), queries.titles_of(me, [decision])[decision.id]
    return _shown(me, decision, appeal, title) | {"until": until_of(decision)}


def _shown(me: Member, decision: Decision, appeal: Appeal | None, title: str) -> dict[str, Any]:
    names = ("id", "kind", "reason", "rule", "at", "ended_at")
    return {name: getattr(decision, name) for name in names} | {
        "url": absolute_url(decision.path),
        "title": title,
        "post_id": decision.about_post_id,
        "thread_id": decision.about_thread_id,
        "removed_text": decision.text,
        "until": None,
        "can_appeal": appeal is None and bool(making.may_appeal(me, decision)),
        "appeal_until": making.last_moment(decision),
        "appeal": _appeal(appeal) if appeal else None,
    }


def _appeal(appeal: Appeal) -> dict[str, Any]:
    item = appeal.item
    state = item.decision if item.decided_at else "open"
    named = {"words": appeal.words, "created_at": appeal.created_at, "state": state}
    return named | {"answer": item.answer if item.decided_at else "", "decided_at": item.decided_at}
