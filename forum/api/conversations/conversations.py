"""The caller's private conversations."""

from typing import Any

from flask import Response

from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.auth import identity
from forum.conversations import access, actions, queries, reacting
from forum.infra.database.db import session
from forum.interfaces import absolute_url
from forum.models import ConversationMember, ConversationMessage, Member
from forum.reactions.queries import Reactions, reactions_to_messages
from forum.schemas.conversations.shapes import (
    ConversationListOut,
    ConversationMessageListOut,
    ConversationMessageOut,
    ConversationOut,
    ConversationsIn,
)
from forum.schemas.conversations.writing import ConversationIn, InviteIn
from forum.schemas.listing import PageIn
from forum.schemas.writing import PostIn, ReactionIn

blueprint = ApiBlueprint("conversations", "The caller's private conversations; only those who are in them read them.")
ONE = "/conversations/<id:conversation_id>"
MESSAGE = f"{ONE}/messages/<id:position>"


@blueprint.reads("/conversations", ConversationListOut, query=ConversationsIn, login=True)
def show_all(query: dict[str, Any]) -> PageResponse:
    """List the caller's conversations: all, unread or starred ones."""
    actor = identity.member()
    rows, page = queries.on_page(actor, query["page"], show=query["show"])
    mine = [queries.find(actor, row.conversation.id) for row in rows]
    return paginated([_conversation(actor, each) for each in mine], page)


def _conversation(actor: Member, mine: ConversationMember) -> dict[str, Any]:
    conversation = mine.conversation
    members = queries.members_of(conversation.id)
    return {
        "id": conversation.id,
        "url": absolute_url(conversation.path),
        "title": conversation.title,
        "started_at": conversation.started_at,
        "last_message_at": conversation.last_message_at,
        "message_count": conversation.last_position,
        "read_position": mine.read_position,
        "is_unread": mine.read_position < conversation.last_position,
        "is_starred": mine.is_starred,
        "members": [serializers.member_ref(each.member) for each in members],
        "can": {"reply": bool(access.may_write(actor)), "invite": bool(access.may_start(actor))},
    }


@blueprint.writes("POST", "/conversations", ConversationOut, body=ConversationIn, status=201)
def start(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Start a conversation with some members, by its first message."""
    actor = identity.member()
    conversation = actions.start(actor, names=",".join(body["to"]), title=body["title"], body=body["body"])
    location = absolute_url(f"/api/v1/conversations/{conversation.id}")
    return _fresh(actor, conversation.id), {"Location": location}


def _fresh(actor: Member, conversation_id: int) -> dict[str, Any]:
    session.expire_all()
    return _conversation(actor, queries.find(actor, conversation_id))


@blueprint.reads(ONE, ConversationOut, login=True)
def show(conversation_id: int) -> dict[str, Any]:
    """Get a conversation that the caller is in."""
    actor = identity.member()
    return _conversation(actor, queries.find(actor, conversation_id))


@blueprint.writes("DELETE", ONE, status=204)
def leave(conversation_id: int) -> Response:
    """Leave the conversation; the others are told, and the caller comes back only by an invitation."""
    actor = identity.member()
    actions.leave(actor, queries.find(actor, conversation_id).conversation)
    return Response(status=204)


@blueprint.writes("POST", f"{ONE}/members", ConversationOut, body=InviteIn, status=200)
def invite(body: dict[str, Any], conversation_id: int) -> dict[str, Any]:
    """Invite members to the conversation; they see all earlier messages."""
    actor = identity.member()
    conversation = queries.find(actor, conversation_id).conversation
    actions.invite(actor, conversation, names=",".join(body["to"]))
    return _fresh(actor, conversation_id)


@blueprint.writes("POST", f"{ONE}/read", ConversationOut, status=200)
def mark_read(conversation_id: int) -> dict[str, Any]:
    """Mark the whole conversation as read."""
    actor = identity.member()
    actions.mark_read(actor, queries.find(actor, conversation_id).conversation)
    return _fresh(actor, conversation_id)


@blueprint.reads(f"{ONE}/messages", ConversationMessageListOut, query=PageIn, login=True)
def show_messages(query: dict[str, Any], conversation_id: int) -> PageResponse:
    """List a conversation's messages; pages go by position."""
    actor = identity.member()
    conversation = queries.find(actor, conversation_id).conversation
    page = queries.page_of_messages(conversation, query["page"])
    return paginated(_messages(actor, queries.messages_on_page(conversation, page.number)), page)


def _messages(actor: Member, messages: list[ConversationMessage]) -> list[dict[str, Any]]:
    reactions = reactions_to_messages(messages, actor)
    return [_message(actor, each, reactions.get(each.id, Reactions())) for each in messages]


def _message(actor: Member, message: ConversationMessage, reactions: Reactions) -> dict[str, Any]:
    names = ("id", "position", "created_at", "edited_at", "html", "event")
    return {name: getattr(message, name) for name in names} | {
        "url": absolute_url(message.path),
        "body": message.source,
        "author": serializers.member_ref(message.author),
        "about": serializers.member_ref(message.about) if message.about else None,
        "reactions": serializers.counts_of(reactions),
        "my_reaction": reactions.mine.key if reactions.mine else None,
        "can": {
            "edit": bool(access.may_edit(actor, message)),
            "report": bool(access.may_report(actor, message)),
            "react": bool(access.may_react(actor, message)),
        },
    }


@blueprint.writes("POST", f"{ONE}/messages", ConversationMessageOut, body=PostIn, status=201)
def reply(body: dict[str, Any], conversation_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Add a message to the conversation."""
    actor = identity.member()
    message = actions.reply(actor, queries.find(actor, conversation_id).conversation, body=body["body"])
    fresh = _fresh_message(actor, conversation_id, message.position)
    return fresh, {"Location": fresh["url"]}


def _fresh_message(actor: Member, conversation_id: int, position: int) -> dict[str, Any]:
    session.expire_all()
    (fresh,) = _messages(actor, queries.messages_between(conversation_id, position, position))
    return fresh


@blueprint.reads(MESSAGE, ConversationMessageOut, login=True)
def show_message(conversation_id: int, position: int) -> dict[str, Any]:
    """Get a message by its position. Reading it does not mark it as read."""
    actor = identity.member()
    (shown,) = _messages(actor, [queries.find_message(actor, conversation_id, position)])
    return shown


@blueprint.writes("PUT", f"{MESSAGE}/reaction", ConversationMessageOut, body=ReactionIn, status=200)
def react(body: dict[str, Any], conversation_id: int, position: int) -> dict[str, Any]:
    """React to the message; replaces an earlier reaction of the caller. It counts for nobody's score."""
    actor = identity.member()
    reacting.react(actor, queries.find_message(actor, conversation_id, position), kind=body["kind"])
    return _fresh_message(actor, conversation_id, position)


@blueprint.writes("DELETE", f"{MESSAGE}/reaction", ConversationMessageOut, status=200)
def take_back(conversation_id: int, position: int) -> dict[str, Any]:
    """Remove the caller's reaction, if any."""
    actor = identity.member()
    reacting.withdraw(actor, queries.find_message(actor, conversation_id, position))
    return _fresh_message(actor, conversation_id, position)
