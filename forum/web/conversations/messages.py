"""Editing one's own messages, and reacting to those of others and reporting them."""

from flask import Blueprint, jsonify, render_template, request
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.body_limits import takes_text
from forum.conversations import access, actions, queries, reacting
from forum.infra.errors import NotFound
from forum.interfaces import translate
from forum.models import ConversationMessage, Member
from forum.models.moderation.report import MAX_REPORT_WORDS
from forum.moderation.reports import making, messages
from forum.reactions.queries import who_reacted_to_message
from forum.schemas.moderation.reports import ReportIn
from forum.schemas.writing import PostIn
from forum.threads import drafts
from forum.web import toasts
from forum.web.addresses import see
from forum.web.conversations.message_views import message_views
from forum.web.forms import current_form, hidden_field, load_form, rerenders_on_error

blueprint = Blueprint("conversation_messages", __name__)
ONE = "/conversations/<int:conversation_id>/messages/<int:position>"


def _message(conversation_id: int, position: int) -> tuple[Member, ConversationMessage]:
    actor = identity.member()
    return actor, queries.find_message(actor, conversation_id, position)


@blueprint.get(f"{ONE}/edit")
def edit_page(conversation_id: int, position: int) -> str:
    """Show the composer with the message's text."""
    actor, message = _message(conversation_id, position)
    permissions.require(access.may_edit(actor, message))
    place = f"message:{message.id}"
    draft = drafts.find(actor, place)
    return render_template(
        "conversation/edit.html",
        conversation=message.conversation,
        message=message,
        form=current_form(body=draft.body if draft else message.source),
        draft_place=place,
        has_draft=bool(draft),
    )


@blueprint.post(f"{ONE}/edit")
@takes_text
@rerenders_on_error(edit_page)
def edit(conversation_id: int, position: int) -> Response:
    """Save the message's text."""
    actor, message = _message(conversation_id, position)
    actions.edit(actor, message, body=load_form(PostIn)["body"])
    return toasts.with_toast(see(queries.address_at(message.conversation, position)), "saved")


@blueprint.post(f"{ONE}/reaction")
def react(conversation_id: int, position: int) -> Response | str:
    """Add, change or (without a kind) remove the member's reaction."""
    actor, message = _message(conversation_id, position)
    if kind := hidden_field("kind"):
        reacting.react(actor, message, kind=kind)
    else:
        reacting.withdraw(actor, message)
    if request.accept_mimetypes.best == "application/json":
        (view,) = message_views(actor, [message])
        return jsonify(html=render_template("thread/_reactions.html", view=view))
    return see(queries.address_at(message.conversation, position))


@blueprint.get(f"{ONE}/reactions")
def show_reactions(conversation_id: int, position: int) -> str:
    """Show who reacted to the message, and how."""
    actor, message = _message(conversation_id, position)
    if message.event:
        raise NotFound
    (view,) = message_views(actor, [message])
    who = who_reacted_to_message(message)
    return render_template(
        "conversation/reactions.html", conversation=message.conversation, message=message, view=view, who=who
    )


@blueprint.get(f"{ONE}/report")
def report_page(conversation_id: int, position: int) -> str:
    """Show the form to report the message."""
    actor, message = _message(conversation_id, position)
    permissions.require(access.may_report(actor, message))
    report = making.open_report(actor, message=message)
    typed = {"kind": report.kind, "words": report.words} if report else {}
    return render_template(
        "report/form.html",
        form=current_form(**typed),
        kinds=[(kind.value, translate(words)) for kind, words in making.KINDS.items()],
        most=MAX_REPORT_WORDS,
        is_change=report is not None,
        message=message,
        back=message.path,
        around=messages.AROUND,
    )


@blueprint.post(f"{ONE}/report")
@rerenders_on_error(report_page)
def report(conversation_id: int, position: int) -> Response:
    """Report the message to moderators, who see it and a few around it."""
    actor, message = _message(conversation_id, position)
    given = load_form(ReportIn)
    making.report_message(actor, message, kind=given["kind"], words=given["words"])
    return toasts.with_toast(see(queries.address_at(message.conversation, position)), "reported")
