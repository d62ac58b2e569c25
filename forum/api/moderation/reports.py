"""Reports: making them, and the cases that moderators decide."""

from typing import Any

from forum import permissions
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.auth import identity
from forum.conversations.queries import find_message_by_id
from forum.decisions.prepared import TO_REPORT, answer_of
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.interfaces import absolute_url
from forum.members.queries import find_member, member_by_name
from forum.models import IllegalNotice, Member, Report, ReviewItem, ReviewNote
from forum.models.moderation.report import MAX_ANSWER
from forum.moderation import reviews
from forum.moderation.reports import cases, decisions, making
from forum.schemas.moderation.reports import (
    CaseChangeIn,
    CaseListOut,
    CaseOut,
    CasesIn,
    MadeReportOut,
    NewReportIn,
)
from forum.threads.queries import find_post

blueprint = ApiBlueprint("reports", "Reports by members, and the moderators' decisions about them.")
ONE = "/moderation/reports/<id:item_id>"


@blueprint.writes("POST", "/reports", MadeReportOut, body=NewReportIn, status=201)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Report a post, a message or a member to the moderators; a second time replaces the caller's report."""
    actor, given = identity.member(), {"kind": body["kind"], "words": body["reason"]}
    if sum(body[name] is not None for name in ("post_id", "message_id", "member_id")) != 1:
        raise Invalid({"post_id": [say("Give either post_id, message_id or member_id.")]})
    try:
        if body["post_id"] is not None:
            return _made(making.report_post(actor, find_post(actor, body["post_id"]), **given))
        if body["message_id"] is not None:
            return _made(making.report_message(actor, find_message_by_id(actor, body["message_id"]), **given))
        return _made(making.report_member(actor, find_member(body["member_id"]), **given))
    except Invalid as error:
        raise Invalid({{"words": "reason"}.get(name, name): told for name, told in error.fields.items()}) from error


def _made(report: Report) -> dict[str, Any]:
    item = report.item
    is_of_member = item.post_id is None and item.message_id is None
    about = {"post_id": item.post_id, "message_id": item.message_id}
    about["member_id"] = item.member_id if is_of_member else None
    return about | {"id": report.id, "kind": report.kind, "reason": report.words, "created_at": report.created_at}


@blueprint.reads("/moderation/reports", CaseListOut, query=CasesIn, login=True)
def show_all(query: dict[str, Any]) -> PageResponse:
    """List the cases of the boards that the caller moderates; open ones are oldest first. Needs the scope moderate."""
    items, page = cases.cases_on_page(_moderator(), query["show"], query["page"])
    return paginated([_row(item) for item in items], page)


def _moderator() -> Member:
    actor = identity.member()
    scopes.require_scopes("moderate")
    permissions.require(reviews.may_review_some(actor))
    return actor


@blueprint.reads(ONE, CaseOut, login=True)
def show(item_id: int) -> dict[str, Any]:
    """Get a case with its reports and notes. Needs the scope moderate."""
    actor = _moderator()
    return _whole(actor, cases.find_report_case(actor, item_id))


@blueprint.writes("PATCH", ONE, CaseOut, body=CaseChangeIn, status=200)
def change(body: dict[str, Any], item_id: int) -> dict[str, Any]:
    """Decide a case, open it again, say who works on it, or add a note. Needs the scope moderate."""
    actor = _moderator()
    item = cases.find_report_case(actor, item_id)
    if body["assignee"] is not None:
        decisions.assign(actor, item, _named(body["assignee"]))
    if body["note"] is not None:
        decisions.add_note(actor, item, body["note"])
    if body["state"] == "open":
        decisions.reopen(actor, item)
    elif body["state"] is not None:
        answer = answer_of(TO_REPORT, body["prepared_answer"], body["answer"], most=MAX_ANSWER)
        decisions.decide_reports(actor, item, body["state"], answer=answer)
    return _whole(actor, cases.find_report_case(actor, item_id))


def _named(name: str) -> Member | None:
    if not name:
        return None
    member = member_by_name(name)
    if member is None:
        raise Invalid({"assignee": [say("There is no member with this name.")]})
    return member


def _row(item: ReviewItem) -> dict[str, Any]:
    post = item.post
    return {
        "id": item.id,
        "url": absolute_url(f"/moderation/reports/{item.id}"),
        "state": item.decision if item.decided_at else "open",
        "post": {"id": post.id, "url": absolute_url(post.path), "position": post.position} if post else None,
        "message_id": item.message_id,
        "member": serializers.member_ref(item.member),
        "opened_at": item.opened_at,
        "decided_at": item.decided_at,
        "assignee": serializers.member_ref(item.assignee) if item.assignee else None,
        "decided_by": serializers.member_ref(item.decided_by) if item.decided_by else None,
        "has_hidden": item.has_hidden,
        "due_at": item.due_at,
    }


def _whole(actor: Member, item: ReviewItem) -> dict[str, Any]:
    case = cases.case_of(actor, item)
    return _row(item) | {
        "answer": item.answer,
        "reports": [_report(each) for each in case.reports],
        "notices": [_notice(notice) for notice in case.notices],
        "notes": [_note(note) for note in case.notes],
    }


def _report(reported: cases.Reported) -> dict[str, Any]:
    report = reported.report
    return {
        "member": serializers.member_ref(report.member),
        "kind": report.kind,
        "reason": report.words,
        "created_at": report.created_at,
        "right": reported.record.right,
        "decided": reported.record.decided,
    }


def _notice(notice: IllegalNotice) -> dict[str, Any]:
    names = ("reference", "name", "law", "words", "created_at")
    return {name: getattr(notice, name) for name in names} | {"due_at": notice.due_at}


def _note(note: ReviewNote) -> dict[str, Any]:
    return {"member": serializers.member_ref(note.member), "created_at": note.created_at, "note": note.text}
