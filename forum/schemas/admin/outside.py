"""The settings of services of others."""

from marshmallow import Schema, fields, validate

from forum.models.spam.outside_check import MAX_KEY
from forum.outside.checks import SERVICES
from forum.schemas.shapes import CleanText


class ServiceIn(Schema):
    """A service, whether it is asked, and its key; an empty one leaves the stored one."""

    name = CleanText(required=True, most=20, validate=validate.OneOf(SERVICES))
    is_on = fields.Boolean(load_default=False)
    holds = fields.Boolean(load_default=False)
    key = CleanText(load_default="", most=MAX_KEY)
    site_key = CleanText(load_default="", most=MAX_KEY)
    forgets_key = fields.Boolean(load_default=False)
