"""API schemas of search; an unknown author or a query without words gives no hits rather than an error."""

from marshmallow import Schema, fields, validate

from forum.schemas.board import BoardRefOut, ThreadRefOut
from forum.schemas.listing import PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.post import PostRefOut
from forum.schemas.search import OPERATORS, SearchIn
from forum.schemas.shapes import CleanText, Timestamp, count, text, url_field
from forum.search.query.parser import EXTENTS, QUERY_MAX


class FindIn(SearchIn):
    """The query of a search."""

    q = CleanText(required=True, least=1, most=QUERY_MAX, metadata={"description": OPERATORS})


class HitOut(Schema):
    """A matching thread with its best post."""

    url = url_field("The best post's permalink.")
    title = text("The thread's title.")
    thread = fields.Nested(ThreadRefOut, required=True)
    board = fields.Nested(BoardRefOut, required=True)
    post = fields.Nested(
        PostRefOut,
        required=True,
        allow_none=True,
        metadata={"description": "null if the archive does not contain the thread's posts."},
    )
    author = fields.Nested(MemberRefOut, required=True)
    created_at = Timestamp(required=True)
    title_html = text("The title, escaped, with matches in <mark>.")
    snippet_html = text("The best excerpt of the post, escaped, with matches in <mark>.")
    more = count("Number of other matching posts in the thread; query with `thread` to list them.")
    missing = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Query words that occur neither in the post nor in its thread's title, as typed."},
    )


class HitListOut(Schema):
    """A page of hits."""

    items = fields.List(fields.Nested(HitOut), required=True)
    page = fields.Nested(PageOut, required=True)
    extent = fields.String(
        required=True,
        validate=validate.OneOf(EXTENTS),
        metadata={
            "description": "Whether these are all matches, the newest, or some (not all older posts were examined)."
        },
    )
    is_loose = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether no post contains the exact phrases, and the items match their words instead."
        },
    )
    did_you_mean = text("The query with its spelling corrected; empty if there is nothing to correct.")
    shortened_to = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "The words and phrases that were searched for, as typed, if the query has too many to "
            "search for all of them; else empty."
        },
    )
