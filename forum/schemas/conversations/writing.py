"""What members write in conversations, by form or as JSON."""

from marshmallow import Schema, fields, validate

from forum.conversations.rules import MAX_MEMBERS, MAX_NAMES_INPUT, TITLE_MAX
from forum.models import WhoMayWrite
from forum.schemas.shapes import CleanText
from forum.schemas.writing import MAX_KEY_INPUT, MAX_LINE_INPUT, PostIn

MAX_NAME = 60


class NamesIn(Schema):
    """The form of the members who are invited, separated by commas."""

    to = CleanText(load_default="", most=MAX_NAMES_INPUT)


class TitleIn(Schema):
    """The form of a conversation's title."""

    title = CleanText(load_default="", most=MAX_LINE_INPUT)


class ConversationFormIn(NamesIn, TitleIn, PostIn):
    """The form of a new conversation."""


class SearchIn(Schema):
    """What is looked for in one's own conversations."""

    q = CleanText(load_default="", most=MAX_LINE_INPUT)


class WhoMayWriteIn(Schema):
    """Who may start conversations with a member."""

    conversations_from = CleanText(
        required=True, most=MAX_KEY_INPUT, validate=validate.OneOf([each.value for each in WhoMayWrite])
    )


class InviteIn(Schema):
    """Members who are invited to a conversation."""

    to = fields.List(
        CleanText(most=MAX_NAME),
        required=True,
        validate=validate.Length(1, MAX_MEMBERS),
        metadata={"description": "Their names. They see all earlier messages."},
    )


class ConversationIn(PostIn, InviteIn):
    """A new conversation with its first message."""

    title = CleanText(required=True, most=TITLE_MAX)
