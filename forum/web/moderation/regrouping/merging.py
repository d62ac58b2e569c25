"""The page to merge a thread into another."""

from flask import Blueprint, Response, render_template

from forum import permissions
from forum.admin.groups.visibility import require_no_wider_posts, require_no_wider_starters
from forum.auth import identity
from forum.infra.errors import Invalid
from forum.models import Member, Thread
from forum.moderation.long_threads import merge_order, merges, progress
from forum.moderation.regrouping import merging
from forum.moderation.regrouping.lookups import find_written
from forum.schemas.moderation.threads import MergeFormIn
from forum.site.queries import snapshot
from forum.threads.queries import find_thread
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import (
    Form,
    current_form,
    hidden_field,
    load_form,
    request_value,
    rerenders_on_error,
    translated_faults,
)

blueprint = Blueprint("merging", __name__)
MAX_WRITTEN = 1000  # characters of an address


@blueprint.get("/threads/<int:thread_id>-<slug>/merge")
def merge_page(thread_id: int, slug: str) -> Response | str:
    """Ask for the thread to merge this one into, and show what will happen; how far it is, if it is being merged."""
    if running := running_page(thread_id):
        return see(running)
    actor, thread = moderated(thread_id)
    form = current_form(into=request_value("into", most=MAX_WRITTEN) or None)
    into = None
    if form.value("into") and not form.errors_of("into"):
        try:
            into = _other(actor, thread, form.value("into"))
        except Invalid as error:
            form = Form(form.values, translated_faults(error))
    elif form.slug == "wider":
        into = _other(actor, thread, form.value("into"))
    crumbs = snapshot().tree.ancestors_of(thread.board_id)
    lasts = into is not None and merge_order.is_long(thread, into)
    return render_template("moderation/merge.html", thread=thread, into=into, form=form, crumbs=crumbs, lasts=lasts)


@blueprint.post("/threads/<int:thread_id>-<slug>/merge")
@rerenders_on_error(merge_page)
def merge(thread_id: int, slug: str) -> Response:
    """Merge a thread into another, or begin to, if it is long."""
    if running := running_page(thread_id):  # the button was pressed twice
        return see(running)
    actor, thread = moderated(thread_id)
    given = load_form(MergeFormIn)
    into = _other(actor, thread, given["into"])
    if not hidden_field("wider"):
        require_no_wider_posts("into", [thread.board_id], into.board_id, posts=thread.reply_count + 1)
        require_no_wider_starters("into", [thread], into)
    begun = merges.merge_or_begin(actor, thread, into, redirect_days=given["redirect_days"])
    if begun is not None:
        return see(begun.path)
    return toasts.with_toast(see(into.path), "threads-merged")


def running_page(thread_id: int) -> str:
    """The page of the work on a thread that the actor moderates, if there is some."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    may = thread.is_being_merged and permissions.may_moderate_in(actor, thread.board)
    work = progress.running_of(thread) if may else None
    return work.path if work is not None else ""


def _other(actor: Member, thread: Thread, text: str) -> Thread:
    into = find_written(actor, "into", text)
    if into.id == thread.id:
        raise Invalid({"into": [merging.SAME_THREAD]})
    return into


def moderated(thread_id: int) -> tuple[Member, Thread]:
    """The actor, and a thread that they moderate. Raises NotFound, Forbidden, or Conflict."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    permissions.require(permissions.may_moderate(actor, thread))
    return actor, thread
