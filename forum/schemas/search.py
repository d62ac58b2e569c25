"""The query of a search, as the form and the address of the page send it."""

from marshmallow import fields, validate

from forum.schemas.listing import PageIn
from forum.schemas.shapes import MAX_ID, Whole
from forum.search.rules import QUERY_MAX, SORTS

NAME_MAX = 200  # longer than any name


class SearchIn(PageIn):
    """The query of a search."""

    q = fields.String(
        load_default="",
        validate=validate.Length(max=QUERY_MAX),
        metadata={
            "description": 'Words, "exact phrases", -unwanted; author:, board:, before:, after: and in:title narrow it.'
        },
    )
    author = fields.String(
        load_default="",
        validate=validate.Length(max=NAME_MAX),
        metadata={"description": "Only posts of the member of this name."},
    )
    board = Whole(
        load_default=None,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "Only threads of this board and those below it."},
    )
    after = fields.Date(load_default=None, metadata={"description": "Only posts of this day or later."})
    before = fields.Date(load_default=None, metadata={"description": "Only posts from before this day."})
    sort = fields.String(load_default=SORTS[0], validate=validate.OneOf(SORTS))
