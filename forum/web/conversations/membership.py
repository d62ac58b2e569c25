"""Inviting others to a conversation, leaving it, its title, star and unread mark; and who may write to a member."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.conversations import access, actions, queries, rules
from forum.models import Conversation, Member, WhoMayWrite
from forum.schemas.conversations.writing import NamesIn, TitleIn, WhoMayWriteIn
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.members.account import account_page

blueprint = Blueprint("conversation_members", __name__)
ONE = "/conversations/<int:conversation_id>-<slug>"


def _mine(conversation_id: int) -> tuple[Member, Conversation]:
    actor = identity.member()
    return actor, queries.find(actor, conversation_id).conversation


@blueprint.get(f"{ONE}/invite")
def invite_page(conversation_id: int, slug: str) -> str:
    """Show the form to invite others."""
    actor, conversation = _mine(conversation_id)
    permissions.require(access.may_start(actor))
    members = queries.members_of(conversation.id)
    return render_template(
        "conversation/invite.html",
        conversation=conversation,
        left=max(0, snapshot().conversation_members - len(members)),
        form=current_form(),
        most_names=rules.MAX_NAMES_INPUT,
    )


@blueprint.post(f"{ONE}/invite")
@rerenders_on_error(invite_page)
def invite(conversation_id: int, slug: str) -> Response:
    """Invite others."""
    actor, conversation = _mine(conversation_id)
    actions.invite(actor, conversation, names=load_form(NamesIn)["to"])
    return toasts.with_toast(see(queries.address_at(conversation, conversation.last_position)), "invited-members")


@blueprint.get(f"{ONE}/leave")
def leave_page(conversation_id: int, slug: str) -> str:
    """Say what leaving means, and ask."""
    _, conversation = _mine(conversation_id)
    is_last = len(queries.members_of(conversation.id)) == 1
    return render_template("conversation/leave.html", conversation=conversation, is_last=is_last, form=current_form())


@blueprint.post(f"{ONE}/leave")
@rerenders_on_error(leave_page)
def leave(conversation_id: int, slug: str) -> Response:
    """Leave the conversation."""
    actor, conversation = _mine(conversation_id)
    actions.leave(actor, conversation)
    return toasts.with_toast(see("/conversations"), "left-conversation")


@blueprint.get(f"{ONE}/title")
def title_page(conversation_id: int, slug: str) -> str:
    """Show the form of the title."""
    actor, conversation = _mine(conversation_id)
    permissions.require(access.may_write(actor))
    form = current_form(title=conversation.title)
    return render_template("conversation/title.html", conversation=conversation, form=form, most=rules.TITLE_MAX)


@blueprint.post(f"{ONE}/title")
@rerenders_on_error(title_page)
def rename(conversation_id: int, slug: str) -> Response:
    """Give the conversation another title."""
    actor, conversation = _mine(conversation_id)
    actions.rename(actor, conversation, title=load_form(TitleIn)["title"])
    return toasts.with_toast(see(conversation.path), "saved")


@blueprint.post(f"{ONE}/star")
def star(conversation_id: int, slug: str) -> Response:
    """Mark the conversation with a star."""
    actor, conversation = _mine(conversation_id)
    actions.set_star(actor, conversation, is_starred=True)
    return see(conversation.path)


@blueprint.post(f"{ONE}/unstar")
def unstar(conversation_id: int, slug: str) -> Response:
    """Take the star away."""
    actor, conversation = _mine(conversation_id)
    actions.set_star(actor, conversation, is_starred=False)
    return see(conversation.path)


@blueprint.post(f"{ONE}/mark-unread")
def mark_unread(conversation_id: int, slug: str) -> Response:
    """Make the last message unread."""
    actor, conversation = _mine(conversation_id)
    actions.mark_unread(actor, conversation)
    return toasts.with_toast(see("/conversations"), "marked-unread")


@blueprint.get("/account/conversations")
def settings_page() -> str:
    """Show the form in which a member chooses who may write to them."""
    me = identity.member()
    page: str = account_page(
        "conversations",
        form=current_form(conversations_from=me.conversations_from),
        choices=[each.value for each in WhoMayWrite],
    )
    return page


@blueprint.post("/account/conversations")
@rerenders_on_error(settings_page)
def change_settings() -> Response:
    """Save who may write to the member."""
    identity.member().conversations_from = load_form(WhoMayWriteIn)["conversations_from"]
    return toasts.with_toast(see("/account/conversations"), "saved")
