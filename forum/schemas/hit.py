"""API schemas of search; an unknown author or a query without words gives no hits rather than an error."""

from marshmallow import Schema, fields, validate

from forum.schemas.board import BoardRefOut, ThreadRefOut
from forum.schemas.listing import PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.post import PostRefOut
from forum.schemas.search import OPERATORS, SearchIn
from forum.schemas.shapes import CleanText, Timestamp, url_field, count, text
from forum.search.query.parser import EXTENTS, QUERY_MAX


class FindIn(SearchIn):
    """The query of a search."""

    q = CleanText(required=True, least=1, most=QUERY_MAX, metadata={"description": OPERATORS})


class HitOut(Schema):
    """A matching thread with its best post."""

    url = url_field("Where the best post is read.")
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
    created_at = Timestamp(required=True)
    title_html = text("The title, escaped, with the words in <mark>.")
    snippet_html = text("The best piece of the post, escaped, with the words in <mark>.")
    more = count("Further posts of the thread that answer; `thread` in the query leads to them.")
    missing = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The words that the post and its thread's title do not have, as they were typed."},
    )


class HitListOut(Schema):
    """A page of hits."""

    items = fields.List(fields.Nested(HitOut), required=True)
    page = fields.Nested(PageOut, required=True)
    extent = fields.String(
        required=True,
        validate=validate.OneOf(EXTENTS),
        metadata={
            "description": "Whether these are all that answer, the newest, or some: not all older posts were looked at."
        },
    )
    is_loose = fields.Boolean(
        required=True,
        metadata={"description": "Whether nothing has the phrases as they were typed, and the items have their words."},
    )
    did_you_mean = text("The query with its misspelt words corrected; empty if there is nothing to correct.")
    shortened_to = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "The words and phrases that were searched for, as they were typed, if the query has too "
            "many to search for all of them; else empty."
        },
    )
