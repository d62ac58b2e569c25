"""Moderators' tools for threads."""

from collections.abc import Callable

from flask import Blueprint, Response, render_template

from forum import permissions
from forum.admin.groups.visibility import require_no_wider_posts, require_no_wider_threads
from forum.auth import identity
from forum.boards.queries import tree
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.interfaces import claim_submission
from forum.models import Member, ReasonFor, Thread
from forum.moderation import tools
from forum.moderation.regrouping.copying import copy_posts
from forum.moderation.regrouping.lookups import find_chosen_board
from forum.schemas.moderation.acts import SlowModeIn
from forum.schemas.moderation.threads import CopyFormIn, MoveFormIn
from forum.schemas.writing import ReasonIn
from forum.similar.queries import MAX_SHOWN, reasons
from forum.site.queries import snapshot
from forum.threads.queries import find_thread
from forum.threads.rules import MAX_SLOW_MINUTES
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, hidden_field, load_form, rerenders_on_error
from forum.web.reasons import chosen_grounds, delete_page

blueprint = Blueprint("moderation", __name__)
TOGGLE_TOOLS: dict[str, tuple[Callable[[Member, Thread], None], str]] = {  # action and toast
    "pin": (tools.pin, "thread-pinned"),
    "unpin": (tools.unpin, "thread-unpinned"),
    "lock": (tools.lock, "thread-locked"),
    "unlock": (tools.unlock, "thread-unlocked"),
    "undelete": (tools.undelete_thread, "thread-restored"),
}


@blueprint.post("/threads/<int:thread_id>-<slug>/<any(pin, unpin, lock, unlock, undelete):act>")
def switch(thread_id: int, slug: str, act: str) -> Response:
    """Pin, unpin, lock, unlock or restore a thread."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    run_tool, toast_kind = TOGGLE_TOOLS[act]
    run_tool(actor, thread)
    return toasts.with_act(see(thread.path), toast_kind)


@blueprint.get("/threads/<int:thread_id>-<slug>/similar")
def explain(thread_id: int, slug: str) -> str:
    """Show admins why threads were found to be similar."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    return render_template("moderation/similar.html", thread=thread, reasons=reasons(actor, thread), shown=MAX_SHOWN)


@blueprint.get("/threads/<int:thread_id>-<slug>/delete")
def delete_form(thread_id: int, slug: str) -> str:
    """Show the form to delete a thread."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    permissions.require(permissions.may_moderate(actor, thread))
    return delete_page(thread)


@blueprint.post("/threads/<int:thread_id>-<slug>/delete")
@rerenders_on_error(delete_form)
def delete(thread_id: int, slug: str) -> Response:
    """Hide a thread from all but moderators."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    grounds = chosen_grounds(ReasonFor.DELETE, load_form(ReasonIn)["reason"])
    tools.delete_thread(actor, thread, reason=grounds.reason, rule=grounds.rule)
    return toasts.with_act(see(thread.board.path), "thread-deleted")


@blueprint.get("/threads/<int:thread_id>-<slug>/slow-mode")
def slow_mode_form(thread_id: int, slug: str) -> str:
    """Show the form for a thread's slow mode."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    permissions.require(permissions.may_moderate(actor, thread))
    crumbs = snapshot().tree.ancestors_of(thread.board_id)
    form = current_form(minutes=thread.slow_minutes)
    return render_template("moderation/slow_mode.html", thread=thread, crumbs=crumbs, form=form, most=MAX_SLOW_MINUTES)


@blueprint.post("/threads/<int:thread_id>-<slug>/slow-mode")
@rerenders_on_error(slow_mode_form)
def slow_mode(thread_id: int, slug: str) -> Response:
    """Begin, change or end a thread's slow mode."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    tools.set_slow_mode(actor, thread, minutes=load_form(SlowModeIn)["minutes"])
    return toasts.with_act(see(thread.path), "act-saved")


@blueprint.get("/threads/<int:thread_id>-<slug>/move")
def move_form(thread_id: int, slug: str) -> str:
    """Show the form to choose a thread's new board."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    permissions.require(permissions.may_moderate(actor, thread))
    boards = [board for board in tree(actor) if board.id != thread.board_id and tools.may_move_to(actor, board)]
    choices = [(board.id, board.title) for board in boards]
    crumbs = snapshot().tree.ancestors_of(thread.board_id)
    return render_template("moderation/move.html", thread=thread, crumbs=crumbs, choices=choices, form=current_form())


@blueprint.post("/threads/<int:thread_id>-<slug>/move")
@rerenders_on_error(move_form)
def move(thread_id: int, slug: str) -> Response:
    """Move a thread to another board."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    given = load_form(MoveFormIn)
    board = tree(actor).get(given["board"])
    if board is None:
        raise Invalid({"board": [say("There is no such board.")]})
    origin = thread.board
    if not hidden_field("wider"):
        require_no_wider_threads("board", [thread.id], board.id)
    tools.move_thread(actor, thread, board=board, redirect_days=given["redirect_days"])
    is_visible = permissions.may_see_thread(actor, thread)  # not if it is deleted and moved to others' board
    return toasts.with_act(see(thread.path if is_visible else origin.path), "thread-moved")


@blueprint.get("/threads/<int:thread_id>-<slug>/copy")
def copy_form(thread_id: int, slug: str) -> str:
    """Show the form to copy a thread to a board."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    permissions.require(permissions.may_moderate(actor, thread))
    choices = [(board.id, board.title) for board in tree(actor) if tools.may_move_to(actor, board)]
    crumbs, form = snapshot().tree.ancestors_of(thread.board_id), current_form(title=thread.title)
    return render_template("moderation/copy.html", thread=thread, crumbs=crumbs, choices=choices, form=form)


@blueprint.post("/threads/<int:thread_id>-<slug>/copy")
@rerenders_on_error(copy_form)
def copy(thread_id: int, slug: str) -> Response:
    """Copy a thread to a board; sending the same form again does not copy it again."""
    actor = identity.member()
    thread = find_thread(actor, thread_id)
    given = load_form(CopyFormIn)
    claim = claim_submission(actor, hidden_field("submit_key"), content=f"copy:{thread.id}\n{given}")
    if claim.earlier is not None:
        return see(claim.earlier.location)
    board = find_chosen_board(actor, "board", given["board"])
    if not hidden_field("wider"):
        require_no_wider_posts("board", [thread.board_id], board.id, posts=thread.reply_count + 1)
    made = copy_posts(actor, thread, board=board, title=given["title"])
    claim.answered(status=303, location=made.path)
    return toasts.with_act(see(made.path), "thread-copied")
