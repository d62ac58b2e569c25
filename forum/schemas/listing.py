"""What every list of the API has around its items."""

from marshmallow import Schema, fields, validate

from forum.schemas.shapes import count, page_number


class PageOut(Schema):
    """Which part of a list this is; the Link header leads to the others."""

    number = fields.Integer(required=True, validate=validate.Range(1), metadata={"description": "From 1."})
    size = count("How many items a page has.")
    total = count("How many items there are, or as many as can be paged to.")


class PageIn(Schema):
    """The query of a list."""

    page = page_number()
