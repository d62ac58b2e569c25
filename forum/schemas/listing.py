"""Pagination schemas shared by all lists of the API."""

from marshmallow import Schema, fields, validate

from forum.schemas.shapes import count, page_number


class PageOut(Schema):
    """The page of a list; the Link header leads to the other pages."""

    number = fields.Integer(
        required=True, validate=validate.Range(1), metadata={"description": "The page number, from 1."}
    )
    size = count("Items per page.")
    total = count("Number of items, at most as many as the pages can show.")


class PageIn(Schema):
    """Query parameters of a list."""

    page = page_number()
