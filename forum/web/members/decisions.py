"""Pages on which members read what staff decided about them and what they wrote."""

from flask import Blueprint

from forum.auth import identity
from forum.decisions import queries
from forum.models import DecisionKind
from forum.notifications.actions import mark_subject_read
from forum.web.addresses import page_number
from forum.web.members import told
from forum.web.members.account import account_page

blueprint = Blueprint("decisions", __name__, url_prefix="/account/decisions")
STILL_THERE = (DecisionKind.POST_EDITED, DecisionKind.TITLE_EDITED, DecisionKind.POST_REJECTED, DecisionKind.WARNING)


@blueprint.get("")
def show_all() -> str:
    """List what staff decided about the member, newest first."""
    rows, page = queries.decisions_about(identity.member(), page_number())
    return account_page("decisions", rows=rows, page=page, words_of=told.words_of_decision)


@blueprint.get("/<int:decision_id>")
def show(decision_id: int) -> str:
    """Show what was done, why and by which rule, with the text that was removed; no moderator is named."""
    me = identity.member()
    decision = queries.find_own(me, decision_id)
    if me.unread_alerts or decision.ended_at is None:
        mark_subject_read(me, f"decision:{decision.id}")
    has_link = decision.about_post_id is not None and decision.kind in STILL_THERE
    thread_id = decision.about_thread_id if decision.kind == DecisionKind.THREAD_BAN else None
    words = told.words_of_decision(decision)
    return account_page("decision", decision=decision, words=words, has_link=has_link, thread_id=thread_id)
