"""The pages of reports for moderators: the list, and a case with what can be done about it."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.decisions.actions import NO_GROUNDS
from forum.decisions.prepared import TO_REPORT
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.interfaces import translate
from forum.members import sanctions
from forum.members.queries import member_by_name
from forum.models import Member, ReasonFor, ReviewItem
from forum.models.moderation.report import MAX_ANSWER, MAX_NOTE
from forum.moderation import moderators, reviews
from forum.moderation.reports import cases, decisions, hiding, making, messages
from forum.notifications import staff
from forum.notifications.marks import mark_subject_read
from forum.schemas.moderation.reports import AssignIn, DecisionIn, NoteIn
from forum.threads.rules import REASON_MAX
from forum.web import toasts
from forum.web.addresses import page_number, query_choice, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.prefetch import is_prefetch
from forum.web.reasons import chosen_answer, chosen_grounds

blueprint = Blueprint("report_cases", __name__, url_prefix="/moderation/reports")


@blueprint.get("")
def show_all() -> str:
    """List the cases of reports: open ones, those that the moderator works on, or decided ones."""
    actor = _moderator()
    if actor.unseen_notifications and not is_prefetch():
        mark_subject_read(actor, staff.REPORTS)
    shown = query_choice("show", cases.LISTS)
    items, page = cases.cases_on_page(actor, shown, page_number())
    reasons = cases.report_counts(items)
    return render_template(
        "moderation/reports.html", items=items, page=page, shown=shown, reasons=reasons, kinds=_kinds()
    )


def _moderator() -> Member:
    actor = identity.member()
    permissions.require(reviews.may_review_some(actor))
    return actor


def _kinds() -> dict[str, str]:
    return {kind.value: translate(words) for kind, words in making.KINDS.items()}


@blueprint.get("/<int:item_id>")
def case_page(item_id: int) -> str:
    """Show a case: what was reported, by whom and why, notes, and the form to decide it."""
    actor = _moderator()
    item = cases.find_report_case(actor, item_id)
    return render_template(
        "moderation/case.html",
        case=cases.case_of(actor, item),
        item=item,
        post=item.post,
        around=messages.AROUND,
        part=hiding.hidden_part(item.post) if item.post else None,
        may_ban=sanctions.may_ban(actor, item.member),
        may_mute=sanctions.may_mute_somewhere(actor, item.member),
        others=[member for member in moderators.who_may_decide(item) if member.id != actor.id],
        kinds=_kinds(),
        form=current_form(),
        most={"answer": MAX_ANSWER, "note": MAX_NOTE, "reason": REASON_MAX},
    )


@blueprint.post("/<int:item_id>/messages")
def read_messages(item_id: int) -> str:
    """Show a reported message of a conversation and those around it, which is logged."""
    actor, item = _case(item_id)
    shown = messages.read_reported(actor, item)
    reported = next(message for message in shown if message.id == item.message_id)
    reports = cases.case_of(actor, item).reports
    seen = messages.as_reported(reported, reports[0].report.seen_text) if reports else None
    return render_template("moderation/case_messages.html", item=item, messages=shown, seen=seen)


def _case(item_id: int) -> tuple[Member, ReviewItem]:
    actor = _moderator()
    return actor, cases.find_report_case(actor, item_id)


@blueprint.post("/<int:item_id>/assign")
@rerenders_on_error(case_page)
def assign(item_id: int) -> Response:
    """Take a case, pass it on, or release it."""
    actor, item = _case(item_id)
    given = load_form(AssignIn)
    assignee = member_by_name(given["assignee"]) if given["assignee"] else None
    if given["assignee"] and assignee is None:
        raise Invalid({"assignee": [say("There is no member with this name.")]})
    decisions.assign(actor, item, assignee, seen=given["seen"])
    return toasts.with_toast(see(f"/moderation/reports/{item_id}"), "saved")


@blueprint.post("/<int:item_id>/note")
@rerenders_on_error(case_page)
def note(item_id: int) -> Response:
    """Write a note for other moderators."""
    actor, item = _case(item_id)
    decisions.add_note(actor, item, load_form(NoteIn)["note"])
    return toasts.with_toast(see(f"/moderation/reports/{item_id}#notes"), "saved")


@blueprint.post("/<int:item_id>/decide")
@rerenders_on_error(case_page)
def decide(item_id: int) -> Response:
    """Decide whether the reports were right."""
    actor, item = _case(item_id)
    given = load_form(DecisionIn)
    answer, deletes = chosen_answer(TO_REPORT, given["answer"], most=MAX_ANSWER), bool(given["deletes"])
    grounds = chosen_grounds(ReasonFor.DELETE, given["reason"]) if deletes else NO_GROUNDS
    decisions.decide_reports(actor, item, given["decision"], answer=answer, deletes=deletes, grounds=grounds)
    return toasts.with_toast(see("/moderation/reports"), "report-decided", item_id)


@blueprint.post("/<int:item_id>/reopen")
@rerenders_on_error(case_page)
def reopen(item_id: int) -> Response:
    """Open a decided case again."""
    actor, item = _case(item_id)
    decisions.reopen(actor, item)
    return toasts.with_toast(see(f"/moderation/reports/{item_id}"), "saved")
