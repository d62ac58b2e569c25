"""API schemas of posts."""

from marshmallow import Schema, fields, validate

from forum.schemas.board import ThreadRefOut
from forum.schemas.listing import PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.shapes import Timestamp, count, flag, identifier, text, url_field, visibility_field


class ReactionCountOut(Schema):
    """The reactions of one kind to a post or message."""

    kind = text("Key of the reaction kind.")
    name = text()
    symbol = text()
    score = fields.Integer(
        required=True, metadata={"description": "What each reaction to a post adds to the author's score: 1, 0 or -1."}
    )
    count = count()
    names = fields.List(fields.String(), required=True, metadata={"description": "The three members who reacted last."})


class PostCanOut(Schema):
    """What the caller may do with the post."""

    edit = flag()
    delete = flag()
    react = flag()
    quote = flag("Quote it in a reply.")


class PostRefOut(Schema):
    """A reference to a post."""

    id = identifier()
    url = url_field("Its permalink.")
    position = fields.Integer(
        required=True,
        allow_none=True,
        validate=validate.Range(1),
        metadata={
            "description": "Position in its thread, from 1; never reused. null: it was never public, because it waits"
            " for approval or was not approved."
        },
    )


class PendingEditOut(Schema):
    """An edit of a public post that waits for approval."""

    number = count("How often its author has written it.")
    body = fields.String(
        required=True, allow_none=True, metadata={"description": "The new Markdown source; null: as it is."}
    )
    html = fields.String(required=True, allow_none=True, metadata={"description": "Safe HTML of the body."})
    title = fields.String(
        required=True, allow_none=True, metadata={"description": "The new title of the thread; null: as it is."}
    )
    edited_at = Timestamp(required=True)


class PostOut(PostRefOut):
    """A post."""

    thread = fields.Nested(ThreadRefOut, required=True)
    author = fields.Nested(MemberRefOut, required=True)
    created_at = Timestamp(required=True)
    edited_at = Timestamp(required=True, allow_none=True)
    revision = count("Number of edits.")
    body = text("Markdown source, as typed.")
    html = text("Safe HTML of the body.")
    reactions = fields.List(fields.Nested(ReactionCountOut), required=True)
    my_reaction = fields.String(
        required=True, allow_none=True, metadata={"description": "Key of the caller's reaction."}
    )
    visibility = visibility_field()
    is_deleted = flag("Only moderators can see deleted posts.")
    pending_edit = fields.Nested(
        PendingEditOut,
        required=True,
        allow_none=True,
        metadata={"description": "The edit that waits for approval, for its author and for moderators."},
    )
    staff_notice = text("A notice by staff, shown with the post; empty if there is none.")
    can = fields.Nested(PostCanOut, required=True)


class PostListOut(Schema):
    """A page of a thread: the posts at 20 positions, less those that are deleted or that the archive does not hold."""

    items = fields.List(fields.Nested(PostOut), required=True)
    page = fields.Nested(PageOut, required=True)


class PreviewOut(Schema):
    """The preview of a body."""

    html = text("Safe HTML, identical to that of a post.")
