"""Schemas of an archive's lines about conversations."""

from marshmallow import validate

from forum.models import Conversation, ConversationEvent
from forum.schemas.archive_fields import (
    ConversationNumber,
    Line,
    MemberName,
    Moment,
    OneLine,
    ReactionKindKey,
    Text,
    boolean_field,
    integer_field,
    optional_member,
    optional_moment,
)
from forum.schemas.shapes import MAX_ID, CleanText


class ConversationLine(Line):
    """A private conversation."""

    id = integer_field(least=1, required=True)
    title = OneLine(Conversation.title, least=1, required=True)
    starter = MemberName(required=True)
    started_at = Moment(required=True)


class ConversationMemberLine(Line):
    """A member of a conversation, or one who has left it."""

    conversation = ConversationNumber(required=True, strict=True, validate=validate.Range(1, MAX_ID))
    member = MemberName(required=True)
    joined_at = Moment(required=True)
    invited_by = optional_member()
    read_position = integer_field(load_default=0)
    is_starred = boolean_field()
    left_at = optional_moment()


class ConversationMessageLine(Line):
    """A message as Markdown source, or an event; its HTML is rendered on loading."""

    conversation = ConversationNumber(required=True, strict=True, validate=validate.Range(1, MAX_ID))
    position = integer_field(least=1, required=True)
    author = MemberName(required=True)
    created_at = Moment(required=True)
    source = Text(required=True)
    edited_at = optional_moment()
    event = CleanText(load_default="", validate=validate.OneOf(["", *(each.value for each in ConversationEvent)]))
    about = optional_member()


class MessageReactionLine(Line):
    """A member's reaction to a message."""

    conversation = integer_field(least=1, required=True)
    position = integer_field(least=1, required=True)
    member = MemberName(required=True)
    kind = ReactionKindKey(required=True)
    created_at = Moment(required=True)
