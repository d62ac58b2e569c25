"""Searching as programs do it: an author nobody knows or a query without a word finds nothing, and is no error."""

from marshmallow import Schema, fields, validate

from forum.schemas.board import BoardRefOut, ThreadRefOut
from forum.schemas.listing import PageIn, PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.post import PostRefOut
from forum.schemas.shapes import MAX_ID, Moment, Whole, address, count, text
from forum.search.rules import QUERY_MAX, SORTS


class FindIn(PageIn):
    """The query of a search."""

    q = fields.String(
        required=True,
        validate=validate.Length(1, QUERY_MAX),
        metadata={"description": 'Words, "phrases", -unwanted, author: board: before: after: in:title.'},
    )
    author = fields.String(
        load_default="", validate=validate.Length(max=100), metadata={"description": "The name of a member."}
    )
    board = Whole(
        load_default=None,
        allow_none=False,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "Only this board and those below it."},
    )
    after = fields.Date(load_default=None, allow_none=False, metadata={"description": "That day or later, in UTC."})
    before = fields.Date(load_default=None, allow_none=False, metadata={"description": "Before that day, in UTC."})
    sort = fields.String(load_default=SORTS[0], validate=validate.OneOf(SORTS))


class HitOut(Schema):
    """A thread that answers, with its best post."""

    url = address("Where the best post is read.")
    title = text("The thread's.")
    thread = fields.Nested(ThreadRefOut, required=True)
    board = fields.Nested(BoardRefOut, required=True)
    post = fields.Nested(
        PostRefOut,
        required=True,
        allow_none=True,
        metadata={"description": "null when the archive does not hold the thread's posts."},
    )
    author = fields.Nested(MemberRefOut, required=True)
    created_at = Moment(required=True)
    title_html = text("The title, escaped, with the words in <mark>.")
    snippet_html = text("The best piece of the post, escaped, with the words in <mark>.")
    more = count("Further posts of the thread that answer.")


class HitListOut(Schema):
    """A page of hits."""

    items = fields.List(fields.Nested(HitOut), required=True)
    page = fields.Nested(PageOut, required=True)
    did_you_mean = text("The query with its misspelt words corrected; empty if there is nothing to correct.")
