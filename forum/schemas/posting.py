"""Form schemas for writing; the feature packages check the lengths and give the precise messages."""

from marshmallow import Schema, fields, validate

from forum.schemas.shapes import MAX_ID, CleanText
from forum.threads.rules import BODY_MAX

# Looser than the threads' rules, so that slightly too long values get their precise messages.
MAX_BODY_INPUT, MAX_LINE_INPUT = 2 * BODY_MAX, 1000
MAX_KEY_INPUT = 100  # of keys that the forum itself puts into its forms


class ThreadIn(Schema):
    """A new thread."""

    title = CleanText(required=True, most=MAX_LINE_INPUT)
    body = CleanText(required=True, most=MAX_BODY_INPUT)


class ReplyIn(Schema):
    """A new post in a thread."""

    body = CleanText(required=True, most=MAX_BODY_INPUT)


class TitleIn(Schema):
    """A new title of a thread."""

    title = CleanText(required=True, most=MAX_LINE_INPUT)


class EditIn(ReplyIn):
    """A post's new text, with the thread's title if it is the first; `seen_revision` is the revision edited."""

    title = CleanText(load_default=None, most=MAX_LINE_INPUT)
    seen_revision = fields.Integer(load_default=None, allow_none=True, strict=False, validate=validate.Range(0, MAX_ID))


class ReactionIn(Schema):
    """The key of a reaction kind."""

    kind = CleanText(required=True, most=MAX_KEY_INPUT)


class DraftIn(Schema):
    """A draft for a place such as "thread:12"."""

    place = CleanText(required=True, most=MAX_KEY_INPUT)
    title = CleanText(load_default="", most=MAX_LINE_INPUT)
    body = CleanText(load_default="", most=MAX_BODY_INPUT)


class QuoteIn(Schema):
    """Text quoted from a post."""

    text = CleanText(required=True, most=BODY_MAX, validate=validate.Length(1))


class ReasonIn(Schema):
    """Why something is deleted."""

    reason = CleanText(load_default="", most=MAX_LINE_INPUT)


class MoveIn(Schema):
    """The board that a thread is moved to."""

    board = fields.Integer(required=True, validate=validate.Range(1, MAX_ID))
