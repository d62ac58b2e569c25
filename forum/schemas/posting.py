"""What comes in by forms when members write; lengths are judged by the rooms, in clear words."""

from marshmallow import Schema, fields, validate

from forum.schemas.shapes import CleanText
from forum.threads.rules import BODY_MAX


class ThreadIn(Schema):
    """A new thread."""

    title = CleanText(required=True)
    body = CleanText(required=True)


class ReplyIn(Schema):
    """A new post in a thread."""

    body = CleanText(required=True)


class EditIn(ReplyIn):
    """A post's new text; `seen_revision` is the revision the editor began from."""

    seen_revision = fields.Integer(load_default=None, allow_none=True, strict=False)


class ReactionIn(Schema):
    """The key of a reaction kind."""

    kind = CleanText(required=True)


class DraftIn(Schema):
    """What is typed at a place such as "thread:12"."""

    place = CleanText(required=True)
    title = CleanText(load_default="")
    body = CleanText(load_default="")


class QuoteIn(Schema):
    """Words of a post that are quoted."""

    text = CleanText(required=True, validate=validate.Length(1, BODY_MAX))


class ReasonIn(Schema):
    """Why something is deleted."""

    reason = CleanText(load_default="")


class MoveIn(Schema):
    """Where a thread goes."""

    board = fields.Integer(required=True)
