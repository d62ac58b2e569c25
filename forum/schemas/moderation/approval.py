"""Decisions about what waits for approval."""

from marshmallow import Schema, fields, validate

from forum.schemas.board import BoardRefOut
from forum.schemas.listing import PageOut
from forum.schemas.post import PostOut
from forum.schemas.shapes import MAX_ID, CleanText, Timestamp, WholeNumber, identifier, text
from forum.schemas.writing import MAX_LINE_INPUT, EditWithTitleIn

DECISIONS = ("approve", "reject", "spam")


class DecisionIn(Schema):
    """A decision about what waits."""

    decision = CleanText(required=True, most=20, validate=validate.OneOf(DECISIONS))
    reason = CleanText(
        load_default="",
        most=MAX_LINE_INPUT,
        metadata={"description": "Why it is not approved, for its author; truncated to 200 characters."},
    )
    revision = WholeNumber(
        load_default=None,
        validate=validate.Range(0, MAX_ID),
        metadata={"description": "The post's revision that was read; 409 if its author has edited it since."},
    )


class CampaignIn(Schema):
    """A decision about all posts of a campaign."""

    decision = CleanText(required=True, most=20, validate=validate.OneOf(("spam", "fine")))
    reason = CleanText(load_default="", most=MAX_LINE_INPUT)


class ApprovalIn(EditWithTitleIn):
    """The form that corrects a text and approves it."""


class QueueItemOut(Schema):
    """A post, or by its first post a thread, that waits for approval."""

    id = identifier()
    waiting_since = Timestamp(required=True)
    because = fields.List(fields.String(), required=True, metadata={"description": "Why it waits, in sentences."})
    kind = text("thread, or post for a reply.")
    decision = fields.String(
        required=True, allow_none=True, metadata={"description": "approve, reject or spam; null while it waits."}
    )
    board = fields.Nested(BoardRefOut, required=True)
    post = fields.Nested(PostOut, required=True)


class QueueOut(Schema):
    """A page of the approval queue, oldest first."""

    items = fields.List(fields.Nested(QueueItemOut), required=True)
    page = fields.Nested(PageOut, required=True)
