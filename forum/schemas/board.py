"""API schemas of boards."""

from marshmallow import Schema, fields

from forum.schemas.listing import PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.shapes import Timestamp, count, flag, identifier, text, url_field


class BoardRefOut(Schema):
    """A reference to a board."""

    id = identifier()
    url = url_field()
    title = text()
    slug = text("The readable part of its URL.")


class BoardCanOut(Schema):
    """What the caller may do in the board."""

    post_thread = flag()


class ThreadRefOut(Schema):
    """A reference to a thread."""

    id = identifier()
    url = url_field()
    title = text()
    slug = text("The readable part of its URL.")


class BoardLastPostOut(Schema):
    """The last post in a board."""

    id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null if the archive does not contain the post."}
    )
    url = url_field("The post's permalink.")
    thread = fields.Nested(ThreadRefOut, required=True)
    author = fields.Nested(MemberRefOut, required=True)
    created_at = Timestamp(required=True)


class BoardOut(BoardRefOut):
    """A board, or a category that groups boards; the counts exclude the boards below."""

    description = text()
    parent = fields.Nested(
        BoardRefOut, required=True, allow_none=True, metadata={"description": "The board or category that contains it."}
    )
    is_category = flag("Whether it only groups boards and has no threads.")
    thread_count = count()
    post_count = count()
    last_post = fields.Nested(BoardLastPostOut, required=True, allow_none=True)
    can = fields.Nested(BoardCanOut, required=True)


class BoardListOut(Schema):
    """All boards that the caller may see."""

    items = fields.List(fields.Nested(BoardOut), required=True)
    page = fields.Nested(PageOut, required=True)
