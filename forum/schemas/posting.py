"""What comes in by forms when members write; lengths are judged by the rooms, in clear words."""

from marshmallow import Schema, fields


class ThreadIn(Schema):
    """A new thread."""

    title = fields.String(required=True)
    body = fields.String(required=True)


class ReplyIn(Schema):
    """A new post in a thread."""

    body = fields.String(required=True)


class EditIn(ReplyIn):
    """A post's new text; `seen_revision` is the revision the editor began from."""

    seen_revision = fields.Integer(load_default=None, allow_none=True, strict=False)


class ReactionIn(Schema):
    """The key of a reaction kind."""

    kind = fields.String(required=True)


class DraftIn(Schema):
    """What is typed at a place such as "thread:12"."""

    place = fields.String(required=True)
    title = fields.String(load_default="")
    body = fields.String(load_default="")


class ReasonIn(Schema):
    """Why something is deleted."""

    reason = fields.String(load_default="")


class MoveIn(Schema):
    """Where a thread goes."""

    board = fields.Integer(required=True)
