"""Editing one's own messages, and reacting to those of others and reporting them."""

from flask import Blueprint, jsonify, render_template, request
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.body_limits import takes_text
from forum.conversations import access, actions, queries, reacting, read_state
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
from forum.web.discussion.new_replies import parse_position
from forum.web.forms import current_form, hidden_field, load_form, request_value, rerenders_on_error
from forum.web.prefetch import is_prefetch

blueprint = Blueprint("conversation_messages", __name__)
MAX_NEW = 50  # messages fetched at a time
ONE = "/conversations/<int:conversation_id>/messages/<int:position>"


def _message(conversation_id: int, position: int) -> tuple[Member, ConversationMessage]:
    actor = identity.member()
    return actor, queries.find_message(actor, conversation_id, position)


@blueprint.get("/conversations/<int:conversation_id>-<slug>/messages")
def new_messages(conversation_id: int, slug: str) -> Response:
    """The messages after a position, for a conversation that is open; they are read by that."""
    actor = identity.member()
    mine = queries.find(actor, conversation_id)
    conversation, after = mine.conversation, parse_position(request_value("after", most=9))
    messages = queries.messages_between(conversation.id, after + 1, after + MAX_NEW)
    views = message_views(actor, messages, read_before=after)
    if messages and not is_prefetch() and identity.viewed_groups() is None:
        read_state.mark_read(actor, conversation, messages[-1].position)
    last = messages[-1].position if messages else after
    html = render_template("conversation/_new_messages.html", messages=views)
    answer = jsonify(html=html, last=last, is_all=last >= conversation.last_position)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


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
