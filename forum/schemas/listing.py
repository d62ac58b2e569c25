"""Pagination schemas shared by all lists of the API."""

from marshmallow import Schema, fields, validate

from forum.schemas.shapes import count, page_number


class PageOut(Schema):
    """The page of a list; the Link header leads to the other pages."""

    number = fields.Integer(required=True, validate=validate.Range(1), metadata={"description": "From 1."})
    size = count("How many items a page has.")
    total = count("How many items there are, or as many as can be paged to.")


class PageIn(Schema):
    """Query parameters of a list."""

    page = page_number()
