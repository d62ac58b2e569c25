"""Warnings, by form or as JSON."""

from marshmallow import Schema, fields, validate

from forum.schemas.listing import PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.moderation.reasons import PreparedIn
from forum.schemas.shapes import MAX_ID, CleanText, OptionalNumber, Timestamp, WholeNumber, flag, identifier, text
from forum.schemas.writing import MAX_LINE_INPUT


class WarningIn(Schema):
    """The form of a warning; `seen` is the member's latest warning when it was filled in."""

    kind = OptionalNumber(load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))
    reason = CleanText(load_default="", most=MAX_LINE_INPUT)
    seen = OptionalNumber(load_default=None, allow_none=True, validate=validate.Range(0, MAX_ID))


class WithdrawIn(Schema):
    """Why a warning is withdrawn."""

    reason = CleanText(
        load_default="", most=MAX_LINE_INPUT, metadata={"description": "For other moderators; at most 200 characters."}
    )


class WithdrawBodyIn(WithdrawIn, PreparedIn):
    """Why a warning is withdrawn, as JSON."""


class NewWarningIn(PreparedIn):
    """A warning of a member."""

    kind = WholeNumber(
        required=True,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "The id of a kind of `moderation/warning-kinds`."},
    )
    reason = CleanText(
        load_default="",
        most=MAX_LINE_INPUT,
        metadata={"description": "Words to the member, at most 200 characters."},
    )
    post_id = WholeNumber(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "A post by the member that the warning is about."},
    )


class WarningKindOut(Schema):
    """What members are warned for."""

    id = identifier()
    title = text()
    points = fields.Integer(required=True)
    days = fields.Integer(required=True, allow_none=True, metadata={"description": "How long the points count."})
    text = text("What the member is told.")


class WarningKindListOut(Schema):
    """The kinds of warnings that can be given."""

    items = fields.List(fields.Nested(WarningKindOut), required=True)


class WarningOut(Schema):
    """A warning of a member."""

    id = identifier()
    title = text("Of its kind.")
    points = fields.Integer(required=True)
    reason = text("Words to the member.")
    rule = text("The rule that was broken; empty if none is named.")
    post_id = fields.Integer(required=True, allow_none=True)
    by = fields.Nested(MemberRefOut, required=True, allow_none=True)
    created_at = Timestamp(required=True)
    expires_at = Timestamp(required=True, allow_none=True)
    withdrawn_at = Timestamp(required=True, allow_none=True)
    is_in_force = flag("Whether its points count.")


class WarningListOut(Schema):
    """A page of a member's warnings, newest first."""

    points = fields.Integer(required=True, metadata={"description": "How many points count now."})
    items = fields.List(fields.Nested(WarningOut), required=True)
    page = fields.Nested(PageOut, required=True)
