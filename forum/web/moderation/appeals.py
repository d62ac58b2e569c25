"""The pages of appeals for moderators: the list, and an appeal with the form to decide it."""

from collections.abc import Mapping

from flask import Blueprint, render_template
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.decisions.prepared import TO_APPEAL
from forum.infra.errors import Invalid
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.members.queries import member_by_name
from forum.models import Appeal, DecisionKind, Member, ReviewKind
from forum.models.moderation.report import MAX_ANSWER
from forum.moderation import reviews
from forum.moderation.appeals import deciding
from forum.moderation.reports import cases, decisions
from forum.schemas.moderation.appeals import AppealDecisionIn
from forum.schemas.moderation.reports import AssignIn
from forum.web import toasts
from forum.web.addresses import page_number, query_choice, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.reasons import chosen_answer

blueprint = Blueprint("appeals", __name__, url_prefix="/moderation/appeals")
AGAINST: Mapping[str, Message] = {
    DecisionKind.POST_DELETED: say("Against the deletion of a post"),
    DecisionKind.THREAD_DELETED: say("Against the deletion of a thread"),
    DecisionKind.POST_EDITED: say("Against the edit of a post"),
    DecisionKind.TITLE_EDITED: say("Against a new title"),
    DecisionKind.POST_REJECTED: say("Against the rejection of a post"),
    DecisionKind.WARNING: say("Against a warning"),
    DecisionKind.BAN: say("Against a ban"),
    DecisionKind.MUTE: say("Against a mute"),
    DecisionKind.HOLD: say("Against that posts wait for approval"),
    DecisionKind.THREAD_BAN: say("Against a ban from a thread"),
    DecisionKind.EDIT_REJECTED: say("Against the rejection of an edit"),
    DecisionKind.CLEANED: say("Against the removal of everything as spam"),
}
OTHER = say("Against a decision")
EFFECTS: Mapping[str, Message] = {
    DecisionKind.POST_DELETED: say("Reversing it restores the post."),
    DecisionKind.THREAD_DELETED: say("Reversing it restores the thread."),
    DecisionKind.POST_EDITED: say("Reversing it puts the member’s text back, unless somebody has edited it since."),
    DecisionKind.TITLE_EDITED: say("Reversing it puts the old title back, unless it was changed again since."),
    DecisionKind.POST_REJECTED: say("Reversing it approves the post."),
    DecisionKind.WARNING: say("Reversing it withdraws the warning, and lifts what its points led to."),
    DecisionKind.BAN: say("Reversing it lifts the ban. One that it replaced counts again."),
    DecisionKind.MUTE: say("Reversing it lifts the mute. One that it replaced counts again."),
    DecisionKind.HOLD: say("Reversing it lets posts appear at once, unless they waited before it, too."),
    DecisionKind.THREAD_BAN: say("Reversing it lets the member write in the thread again."),
    DecisionKind.EDIT_REJECTED: say("Reversing it approves the edit."),
    DecisionKind.CLEANED: say("Reversing it brings everything back, and lifts the ban and the blocks."),
}


def against(kind: str) -> str:
    """What an appeal is against, in words."""
    return translate(AGAINST.get(kind, OTHER))


@blueprint.get("")
def show_all() -> str:
    """List the appeals: open ones, those that the moderator works on, or decided ones."""
    actor = _moderator()
    shown = query_choice("show", cases.LISTS)
    items, page = cases.cases_on_page(actor, shown, page_number(), kind=ReviewKind.APPEAL)
    decided = deciding.words_of(items)
    what = {item.id: against(decided[item.id].kind) for item in items if item.id in decided}
    return render_template("moderation/appeals.html", items=items, page=page, shown=shown, what=what)


def _moderator() -> Member:
    actor = identity.member()
    permissions.require(reviews.may_review_some(actor))
    return actor


@blueprint.get("/<int:item_id>")
def show(item_id: int) -> str:
    """Show an appeal: what was decided, by whom and why, what the member says, and the form to decide it."""
    actor, appeal = _appeal(item_id)
    others = deciding.others_for(actor, appeal)
    effect = EFFECTS.get(appeal.decided.kind)
    return render_template(
        "moderation/appeal.html",
        appeal=appeal,
        item=appeal.item,
        heading=against(appeal.decided.kind),
        effect=translate(effect) if effect else "",
        may_decide=deciding.may_decide(actor, appeal),
        is_own=appeal.decided.by_id == actor.id,
        others=others,
        form=current_form(),
        most=MAX_ANSWER,
    )


def _appeal(item_id: int) -> tuple[Member, Appeal]:
    actor = _moderator()
    return actor, deciding.find_appeal(actor, item_id)


@blueprint.post("/<int:item_id>/assign")
@rerenders_on_error(show)
def assign(item_id: int) -> Response:
    """Take an appeal, pass it on, or release it."""
    actor, appeal = _appeal(item_id)
    given = load_form(AssignIn)
    assignee = member_by_name(given["assignee"]) if given["assignee"] else None
    if given["assignee"] and assignee is None:
        raise Invalid({"assignee": [say("There is no member with this name.")]})
    if assignee is not None and not deciding.may_decide(assignee, appeal):
        raise Invalid({"assignee": [say("This member may not decide this case.")]})
    decisions.assign(actor, appeal.item, assignee, seen=given["seen"])
    return toasts.with_toast(see(f"/moderation/appeals/{item_id}"), "saved")


@blueprint.post("/<int:item_id>/decide")
@rerenders_on_error(show)
def decide(item_id: int) -> Response:
    """Uphold or reverse the decision."""
    actor, appeal = _appeal(item_id)
    given = load_form(AppealDecisionIn)
    reason = chosen_answer(TO_APPEAL, given["reason"], most=MAX_ANSWER)
    deciding.decide_appeal(actor, appeal, given["decision"], reason=reason)
    return toasts.with_toast(see("/moderation/appeals"), "appeal-decided")
