"""What moderators decide about how somebody was registered."""

from marshmallow import Schema, fields


class HoldIn(Schema):
    """Whether the first posts of an account wait for approval."""

    hold = fields.Boolean(load_default=False)
