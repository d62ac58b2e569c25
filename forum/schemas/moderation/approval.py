"""Decisions about what waits for approval."""

from marshmallow import Schema, fields, validate

from forum.models.signup.application import MAX_APPLICATION
from forum.schemas.board import BoardRefOut
from forum.schemas.listing import PageOut
from forum.schemas.moderation.reasons import PreparedIn
from forum.schemas.post import PendingEditOut, PostOut
from forum.schemas.shapes import MAX_ID, CleanText, Timestamp, WholeNumber, identifier, text
from forum.schemas.writing import MAX_LINE_INPUT, EditWithTitleIn

DECISIONS = ("approve", "reject", "spam", "ask")


class DecisionIn(Schema):
    """A decision about what waits."""

    decision = CleanText(required=True, most=20, validate=validate.OneOf(DECISIONS))
    reason = CleanText(
        load_default="",
        most=MAX_LINE_INPUT,
        metadata={"description": "Why it is not approved, for its author: 200 characters; with ask the question."},
    )
    revision = WholeNumber(
        load_default=None,
        validate=validate.Range(0, MAX_ID),
        metadata={
            "description": "The post's revision that was read, of an edit its `number`; 409 if it was edited since."
        },
    )


class ItemDecisionIn(DecisionIn, PreparedIn):
    """A decision about what waits, as JSON."""


class ApplicationReplyIn(Schema):
    """The answer of somebody who waits to be approved."""

    reply = CleanText(load_default="", most=MAX_APPLICATION, most_in_form=2 * MAX_APPLICATION)


class ApplicationOut(Schema):
    """What somebody wrote who wants to join."""

    answer = text("To the question of the registration form.")
    question = text("That moderators have asked them.")
    reply = text("Their answer to it.")
    email_domain = text("Of their e-mail address.")


class ApprovalIn(EditWithTitleIn):
    """The form that corrects a text and approves it; of an edit, how often its author had written it."""

    number = WholeNumber(load_default=None, validate=validate.Range(0, MAX_ID))


class QueueItemOut(Schema):
    """A post, by its first post a thread, or an edit that waits for approval."""

    id = identifier()
    waiting_since = Timestamp(required=True)
    because = fields.List(fields.String(), required=True, metadata={"description": "Why it waits, in sentences."})
    signs = fields.List(
        fields.String(), required=True, metadata={"description": "What looked like spam when its author registered."}
    )
    kind = text("thread, post for a reply, edit of a public post, or member for somebody who wants to join.")
    decision = fields.String(
        required=True, allow_none=True, metadata={"description": "approve, reject or spam; null while it waits."}
    )
    board = fields.Nested(BoardRefOut, required=True, allow_none=True, metadata={"description": "null for a member."})
    post = fields.Nested(PostOut, required=True, allow_none=True, metadata={"description": "null for a member."})
    username = fields.String(required=True, metadata={"description": "Of the author, or of who wants to join."})
    application = fields.Nested(
        ApplicationOut, required=True, allow_none=True, metadata={"description": "Only of a member."}
    )
    edit = fields.Nested(
        PendingEditOut, required=True, allow_none=True, metadata={"description": "Of an edit, what it would change."}
    )


class QueueOut(Schema):
    """A page of the approval queue, oldest first."""

    items = fields.List(fields.Nested(QueueItemOut), required=True)
    page = fields.Nested(PageOut, required=True)
