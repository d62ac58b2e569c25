"""Conversations and messages as the API shows them."""

from marshmallow import Schema, fields, validate

from forum.conversations.queries import LISTS
from forum.models import ConversationEvent
from forum.schemas.listing import PageIn, PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.post import ReactionCountOut
from forum.schemas.shapes import CleanText, Timestamp, count, flag, identifier, text


class ConversationsIn(PageIn):
    """Query parameters of the list of conversations."""

    show = CleanText(load_default=LISTS[0], most=20, validate=validate.OneOf(LISTS))


class ConversationCanOut(Schema):
    """What the caller may do in the conversation."""

    reply = flag()
    invite = flag()


class ConversationOut(Schema):
    """A conversation that the caller is in."""

    id = identifier()
    url = text("URL of its page.")
    title = text()
    started_at = Timestamp(required=True)
    last_message_at = Timestamp(required=True)
    message_count = count("Messages and events: the last position.")
    read_position = count("Up to which position the caller has read it.")
    is_unread = flag()
    is_starred = flag()
    members = fields.List(
        fields.Nested(MemberRefOut), required=True, metadata={"description": "Who is in it, the caller too."}
    )
    can = fields.Nested(ConversationCanOut, required=True)


class ConversationListOut(Schema):
    """A page of the caller's conversations, the latest first."""

    items = fields.List(fields.Nested(ConversationOut), required=True)
    page = fields.Nested(PageOut, required=True)


class MessageCanOut(Schema):
    """What the caller may do with the message."""

    edit = flag()
    report = flag()
    react = flag()


class ConversationMessageOut(Schema):
    """A message of a conversation, or an event."""

    id = identifier()
    url = text("URL that leads to it.")
    position = count("Its place in the conversation, from 1.")
    author = fields.Nested(MemberRefOut, required=True)
    created_at = Timestamp(required=True)
    edited_at = Timestamp(required=True, allow_none=True)
    body = text("Markdown source, as typed; of a changed title the title.")
    html = text("Safe HTML of the body; empty for events.")
    event = text("Empty for a message, else one of: " + ", ".join(ConversationEvent) + ".")
    about = fields.Nested(
        MemberRefOut, required=True, allow_none=True, metadata={"description": "Who was invited, of that event."}
    )
    reactions = fields.List(fields.Nested(ReactionCountOut), required=True)
    my_reaction = fields.String(
        required=True, allow_none=True, metadata={"description": "Key of the caller's reaction."}
    )
    can = fields.Nested(MessageCanOut, required=True)


class ConversationMessageListOut(Schema):
    """A page of a conversation: 20 positions. Reading it does not mark it as read."""

    items = fields.List(fields.Nested(ConversationMessageOut), required=True)
    page = fields.Nested(PageOut, required=True)
