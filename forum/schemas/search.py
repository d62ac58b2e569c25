"""Searching as programs and the search form see it."""

from marshmallow import Schema, fields, validate

from forum.schemas.board import BoardRefOut, ThreadRefOut
from forum.schemas.listing import PageIn, PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.post import PostRefOut
from forum.schemas.shapes import MAX_ID, Moment, Whole, address, count, text
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


class HitOut(Schema):
    """A thread with its best post."""

    url = address("Where it is read.")
    title = text()
    thread = fields.Nested(ThreadRefOut, required=True)
    board = fields.Nested(BoardRefOut, required=True)
    post = fields.Nested(
        PostRefOut,
        required=True,
        allow_none=True,
        metadata={"description": "null for a thread whose posts the archive does not hold."},
    )
    author = fields.Nested(MemberRefOut, required=True)
    created_at = Moment(required=True)
    title_html = text("The title with the words found in <mark>; safe HTML.")
    snippet_html = text("A piece of the post with the words found in <mark>; safe HTML.")
    more = count("How many more posts of the thread answer.")


class SearchOut(Schema):
    """A page of what was found."""

    items = fields.List(fields.Nested(HitOut), required=True)
    page = fields.Nested(PageOut, required=True)
    did_you_mean = text("The query with its misspelt words corrected, or nothing.")
