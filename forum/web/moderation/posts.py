"""A post's page for moderators: its notice by staff, its author, and deleting it or its thread for good."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum import permissions
from forum.admin import erasing
from forum.auth import identity
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.members.queries import member_by_name
from forum.models import Member, Post, ThreadErasure
from forum.moderation import post_tools
from forum.moderation.long_threads import progress
from forum.schemas.moderation.posts import AuthorIn, EraseIn, StaffNoticeIn
from forum.site.queries import snapshot
from forum.threads import queries
from forum.threads.rules import REASON_MAX
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, load_form, rerenders_on_error

blueprint = Blueprint("moderated_posts", __name__)


@blueprint.get("/posts/<int:post_id>/moderate")
def moderate_form(post_id: int) -> str:
    """Show what moderators can do to a post besides editing and deleting it."""
    actor, post = _moderated(post_id)
    return render_template(
        "moderation/post.html",
        post=post,
        thread=post.thread,
        crumbs=snapshot().tree.ancestors_of(post.thread.board_id),
        form=current_form(staff_notice=post.staff_notice),
        may_change_author=post_tools.may_change_author(actor, post),
        may_erase=erasing.may_erase_post(actor, post),
        may_erase_thread=post.position == 1 and erasing.may_erase_thread(actor, post.thread),
        most={"notice": post_tools.MAX_NOTICE, "reason": REASON_MAX},
    )


def _moderated(post_id: int) -> tuple[Member, Post]:
    actor = identity.member()
    post = queries.find_post(actor, post_id)
    permissions.require(permissions.may_moderate(actor, post.thread))
    return actor, post


@blueprint.post("/posts/<int:post_id>/notice")
@rerenders_on_error(moderate_form)
def set_notice(post_id: int) -> Response:
    """Show a notice by staff with the post, change or remove it."""
    actor, post = _moderated(post_id)
    post_tools.set_staff_notice(actor, post, text=load_form(StaffNoticeIn)["staff_notice"])
    return toasts.with_act(see(queries.address_of(post)), "act-saved")


@blueprint.post("/posts/<int:post_id>/author")
@rerenders_on_error(moderate_form)
def set_author(post_id: int) -> Response:
    """Make the post, and the thread that it begins, that of another member."""
    actor, post = _moderated(post_id)
    post_tools.change_author(actor, post, author=find_author(load_form(AuthorIn)["author"]))
    return toasts.with_act(see(queries.address_of(post)), "act-saved")


def find_author(name: str) -> Member:
    """The member with a name. Raises Invalid at the field `author`."""
    author = member_by_name(name)
    if author is None:
        raise Invalid({"author": [say("There is no member with this name.")]})
    return author


@blueprint.post("/posts/<int:post_id>/erase")
@rerenders_on_error(moderate_form)
def erase(post_id: int) -> Response:
    """Delete the post, or the thread that it begins, for good."""
    running = progress.running_of(queries.find_post(identity.member(), post_id).thread)
    if isinstance(running, ThreadErasure):  # the button was pressed twice
        return see(running.path)
    actor, post = _moderated(post_id)
    typed = load_form(EraseIn)
    if not typed["sure"]:
        raise Invalid({"sure": [say("Tick this to say that you are sure.")]})
    if post.position != 1:
        erasing.erase_post(actor, post, reason=typed["reason"])
        return toasts.with_toast(see(queries.address_of(post)), "erased")
    board = post.thread.board
    begun = erasing.erase_thread(actor, post.thread, reason=typed["reason"])
    if begun is not None:
        return see(begun.path)
    return toasts.with_toast(see(board.path), "erased")
