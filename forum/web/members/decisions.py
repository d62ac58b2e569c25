"""Pages on which members read what staff decided about them and what they wrote, and appeal."""

from typing import Any

from flask import Blueprint
from werkzeug import Response

from forum.auth import identity
from forum.decisions import queries
from forum.members.sanctions import until_of
from forum.models import Decision, DecisionKind, Member
from forum.models.moderation.appeal import MAX_APPEAL_WORDS
from forum.moderation.appeals import making
from forum.moderation.warnings.lists import of_decision, points_of
from forum.notifications import told
from forum.notifications.marks import mark_subject_read
from forum.schemas.moderation.appeals import AppealIn
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.members.account import account_page

blueprint = Blueprint("decisions", __name__, url_prefix="/account/decisions")
STILL_THERE = (
    *(DecisionKind.POST_EDITED, DecisionKind.TITLE_EDITED, DecisionKind.POST_REJECTED, DecisionKind.EDIT_REJECTED),
    DecisionKind.WARNING,
)


@blueprint.get("")
def show_all() -> str:
    """List what staff decided about the member, newest first."""
    return account_page("decisions", **list_values(identity.member(), base="/account/decisions"))


def list_values(member: Member, *, base: str) -> dict[str, Any]:
    """What the list of decisions shows their member, logged in or banned; `base` is its address."""
    rows, page = queries.decisions_about(member, page_number())
    titles = queries.titles_of(member, rows)
    return {"base": base, "rows": rows, "page": page, "titles": titles, "words_of": told.words_of_decision}


@blueprint.get("/<int:decision_id>")
def show(decision_id: int) -> str:
    """Show what was done, why and by which rule, with the text that was removed, and appealing against it."""
    me = identity.member()
    decision = queries.find_own(me, decision_id)
    if me.unseen_notifications or decision.ended_at is None:
        mark_subject_read(me, f"decision:{decision.id}")
    has_link = decision.about_post_id is not None and decision.kind in STILL_THERE
    return account_page("decision", has_link=has_link, **decision_values(me, decision, base="/account/decisions"))


def decision_values(member: Member, decision: Decision, *, base: str) -> dict[str, Any]:
    """What the page of a decision shows its member, logged in or banned; `base` is the address of the list."""
    last, title = making.last_moment(decision), queries.titles_of(member, [decision])[decision.id]
    warning = of_decision(decision.id) if decision.kind == DecisionKind.WARNING else None
    return {
        "base": base,
        "decision": decision,
        "heading": title,
        "words": told.words_of_decision(decision, title),
        "thread_id": decision.about_thread_id if decision.kind == DecisionKind.THREAD_BAN else None,
        "warning": warning,
        "points": points_of(member) if warning is not None else 0,
        "appeal": making.appeal_against(decision),
        "may_appeal": making.may_appeal(member, decision),
        "until": until_of(decision),
        "last_day": last,
        "form": current_form(),
        "most": MAX_APPEAL_WORDS,
    }


@blueprint.post("/<int:decision_id>")
@rerenders_on_error(show)
def appeal(decision_id: int) -> Response:
    """Appeal against a decision."""
    me = identity.member()
    making.appeal(me, queries.find_own(me, decision_id), load_form(AppealIn)["words"])
    return toasts.with_toast(see(f"/account/decisions/{decision_id}"), "appealed")
