"""Banning members from one thread."""

from datetime import timedelta

from flask import Blueprint, render_template, request
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.infra import clock
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.members.bans import thread_bans
from forum.members.queries import find_member, member_by_name
from forum.members.rules import MAX_BAN_REASON
from forum.models import Member, ReasonFor, Thread
from forum.schemas.moderation.bans import ThreadBanIn, UnbanIn
from forum.site.queries import snapshot
from forum.threads.queries import find_thread
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.reasons import chosen_grounds

blueprint = Blueprint("thread_bans", __name__)


def _thread(thread_id: int) -> tuple[Member, Thread]:
    """The actor, and a thread that they moderate."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    permissions.require(permissions.may_moderate(actor, thread))
    return actor, thread


@blueprint.get("/threads/<int:thread_id>-<slug>/bans")
def show(thread_id: int, slug: str) -> str:
    """Show who is banned from the thread, and the form to ban a member from it."""
    actor, thread = _thread(thread_id)
    tomorrow = snapshot().day_of(clock.now()) + timedelta(days=1)
    return render_template(
        "moderation/thread_bans.html",
        thread=thread,
        rows=thread_bans.bans_from_thread(thread),
        form=current_form(member=request.args.get("member", "")[:60], until=tomorrow + timedelta(days=6)),
        may_lift=lambda member: thread_bans.may_ban_from_thread(actor, member, thread),
        most=MAX_BAN_REASON,
        tomorrow=tomorrow,
    )


@blueprint.post("/threads/<int:thread_id>-<slug>/bans")
@rerenders_on_error(show)
def ban(thread_id: int, slug: str) -> Response:
    """Ban a member from the thread."""
    actor, thread = _thread(thread_id)
    given = load_form(ThreadBanIn)
    member = member_by_name(given["member"])
    if member is None:
        raise Invalid({"member": [say("There is no member with this name.")]})
    told = chosen_grounds(ReasonFor.BAN, given["reason"])._asdict() | {"until": given["until"]}
    thread_bans.ban_from_thread(actor, member, thread, **told)
    return toasts.with_undo(see(f"{thread.path}/bans"), "banned-from-thread")


@blueprint.post("/threads/<int:thread_id>-<slug>/unban")
def unban(thread_id: int, slug: str) -> Response:
    """Lift the ban of a member from the thread."""
    actor, thread = _thread(thread_id)
    thread_bans.unban_from_thread(actor, find_member(load_form(UnbanIn)["member_id"]), thread)
    return toasts.with_undo(see(f"{thread.path}/bans"), "unbanned")
