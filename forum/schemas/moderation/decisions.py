"""Decisions about the caller, and their appeals against these."""

from marshmallow import Schema, fields, validate

from forum.models import DecisionKind
from forum.models.moderation.appeal import MAX_APPEAL_WORDS
from forum.schemas.listing import PageOut
from forum.schemas.shapes import CleanText, Timestamp, flag, identifier, text

KINDS = tuple(kind.value for kind in DecisionKind)
STATES = ("open", "uphold", "reverse")


class NewAppealIn(Schema):
    """Why a decision is wrong."""

    words = CleanText(
        required=True,
        most=MAX_APPEAL_WORDS,
        metadata={"description": "Why the decision is wrong, with at least one visible character.", "minLength": 1},
    )


class OwnAppealOut(Schema):
    """The caller's appeal against a decision."""

    words = text()
    created_at = Timestamp(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={"description": "open; uphold: the decision stays; reverse: what was done is undone."},
    )
    answer = text("Why; empty while it is open.")
    decided_at = Timestamp(required=True, allow_none=True)


class OwnDecisionOut(Schema):
    """What staff decided about the caller or what they wrote."""

    id = identifier()
    url = text("URL of its page.")
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    title = fields.String(
        required=True, metadata={"description": "Of the thread that it is about, if the caller may know; else empty."}
    )
    post_id = fields.Integer(required=True, allow_none=True)
    thread_id = fields.Integer(required=True, allow_none=True, metadata={"description": "If it is about a thread."})
    reason = fields.String(required=True, metadata={"description": "May be empty."})
    rule = fields.String(required=True, metadata={"description": "The rule that was broken; empty if none is named."})
    removed_text = fields.String(required=True, metadata={"description": "The caller's text or title before it."})
    at = Timestamp(required=True)
    until = Timestamp(
        required=True, allow_none=True, metadata={"description": "Of what is in force until a time, in `GET` of one."}
    )
    ended_at = Timestamp(
        required=True, allow_none=True, metadata={"description": "When it was taken back, or replaced by another."}
    )
    can_appeal = flag("Whether the caller can appeal against it now; once.")
    appeal_until = Timestamp(required=True, allow_none=True, metadata={"description": "null: no appeals are taken."})
    appeal = fields.Nested(OwnAppealOut, required=True, allow_none=True)


class OwnDecisionListOut(Schema):
    """A page of decisions, newest first."""

    items = fields.List(fields.Nested(OwnDecisionOut), required=True)
    page = fields.Nested(PageOut, required=True)
