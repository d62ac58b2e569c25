"""Changing a thread's title."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.decisions.actions import NO_GROUNDS
from forum.models import ReasonFor
from forum.schemas.writing import TitleFormIn
from forum.site.queries import snapshot
from forum.threads import actions, queries
from forum.threads.rules import REASON_MAX, TITLE_MAX
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.reasons import chosen_grounds

blueprint = Blueprint("titles", __name__)


@blueprint.get("/threads/<int:thread_id>-<slug>/title")
def title_form(thread_id: int, slug: str) -> str:
    """Show the form to change the title."""
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    window = snapshot().edit_window_minutes
    permissions.require(permissions.may_change_title(actor, thread, window_minutes=window))
    crumbs = snapshot().tree.ancestors_of(thread.board_id)
    form = current_form(title=thread.title)
    return render_template(
        "thread/title.html",
        thread=thread,
        crumbs=crumbs,
        form=form,
        most=TITLE_MAX,
        is_others=thread.starter_id != actor.id,
        most_reason=REASON_MAX,
    )


@blueprint.post("/threads/<int:thread_id>-<slug>/title")
@rerenders_on_error(title_form)
def change_title(thread_id: int, slug: str) -> Response:
    """Change the title; links with the old slug still work."""
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    typed = load_form(TitleFormIn)
    grounds = chosen_grounds(ReasonFor.EDIT, typed["reason"]) if thread.starter_id != actor.id else NO_GROUNDS
    actions.change_title(actor, thread, title=typed["title"], grounds=grounds)
    answer = see(thread.path)
    is_staff = permissions.may_moderate(actor, thread)
    return toasts.with_act(answer, "act-saved") if is_staff else toasts.with_toast(answer, "saved")
