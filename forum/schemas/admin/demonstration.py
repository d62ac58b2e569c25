"""The form that empties the demonstration."""

from marshmallow import Schema, fields

from forum.schemas.shapes import CleanText


class EmptyDemonstrationIn(Schema):
    """What stays, when the preview was shown, and that the admin is sure."""

    keep_boards = fields.Boolean(load_default=False)
    keep_answered = fields.Boolean(load_default=False)
    seen_at = CleanText(most=40, required=True)
    sure = fields.Boolean(load_default=False)
