"""Prepared reasons: choosing one as JSON, and the list of them."""

from marshmallow import Schema, fields, validate

from forum.models import ReasonFor
from forum.schemas.shapes import MAX_ID, WholeNumber, identifier, text

ACTS = tuple(act.value for act in ReasonFor)


class PreparedIn(Schema):
    """A prepared reason, whose text comes before the own words."""

    prepared_reason = WholeNumber(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MAX_ID),
        metadata={
            "description": "The id of a reason of `moderation/prepared-reasons` that is offered for the act. Its text"
            " comes before the own words, and the member reads its rule."
        },
    )


class PreparedReasonOut(Schema):
    """A prepared reason."""

    id = identifier()
    title = text("By which moderators choose it.")
    rule = text("The rule that it cites; empty if none.")
    text = text("What the member reads.")
    acts = fields.List(
        fields.String(validate=validate.OneOf(ACTS)), required=True, metadata={"description": "For what it is offered."}
    )


class PreparedReasonListOut(Schema):
    """All prepared reasons in their order."""

    items = fields.List(fields.Nested(PreparedReasonOut), required=True)
