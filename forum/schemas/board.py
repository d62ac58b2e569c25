"""API schemas of boards, their access lists, and what members may do in them."""

from marshmallow import EXCLUDE, Schema, fields, validate

from forum.models import AccessLevel
from forum.schemas.listing import PageOut
from forum.schemas.member import GroupRefOut, MemberRefOut
from forum.schemas.shapes import (
    MAX_ID,
    CleanText,
    QueryInteger,
    Timestamp,
    WholeNumber,
    count,
    flag,
    identifier,
    text,
    url_field,
)

LEVELS = [level.value for level in AccessLevel]
MAX_ENTRIES = 500  # as many as there can be groups


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
    is_closed = flag("Whether only its moderators start threads and reply in it.")
    rules = text("The board's rules, as Markdown.")
    icon_url = fields.String(
        required=True, allow_none=True, metadata={"format": "uri", "description": "null without an icon."}
    )
    thread_count = count()
    post_count = count()
    last_post = fields.Nested(BoardLastPostOut, required=True, allow_none=True)
    can = fields.Nested(BoardCanOut, required=True)


class BoardListOut(Schema):
    """All boards that the caller may see."""

    items = fields.List(fields.Nested(BoardOut), required=True)
    page = fields.Nested(PageOut, required=True)


class AccessEntryOut(Schema):
    """What the members of a group may do in a board."""

    group = fields.Nested(GroupRefOut, required=True)
    level = fields.String(
        required=True,
        validate=validate.OneOf(LEVELS),
        metadata={"description": "see the board, also reply, also start threads."},
    )
    moderates = flag("Whether they moderate the board too.")
    own_threads_only = flag("Whether they see only the threads that they started.")


class BoardAccessOut(Schema):
    """The access list that counts for a board; admins, who may do everything, have no entry."""

    is_own = flag("Whether it is the board's own list, not an inherited one.")
    owner = fields.Nested(
        BoardRefOut,
        required=True,
        allow_none=True,
        metadata={"description": "The board whose list it is; null for the list of boards that neither have one."},
    )
    entries = fields.List(fields.Nested(AccessEntryOut), required=True)


class AccessEntryIn(Schema):
    """What the members of a group may do in a board."""

    class Meta:
        unknown = EXCLUDE

    group_id = WholeNumber(required=True, validate=validate.Range(1, MAX_ID))
    level = CleanText(required=True, most=10, validate=validate.OneOf(LEVELS))
    moderates = fields.Boolean(load_default=False)
    own_threads_only = fields.Boolean(load_default=False)


class BoardAccessIn(Schema):
    """A board's own access list."""

    entries = fields.List(
        fields.Nested(AccessEntryIn),
        required=True,
        validate=validate.Length(max=MAX_ENTRIES),
        metadata={"description": "One for each group; none leaves the board to admins."},
    )


class PermissionsIn(Schema):
    """Whose rights, and in which board."""

    member = CleanText(load_default="", most=100, metadata={"description": "A name or an id; a guest if left out."})
    board = QueryInteger(required=True, validate=validate.Range(1, MAX_ID))


class RightOut(Schema):
    """Whether somebody may do something, and why."""

    allowed = flag()
    because = text("The reason, for people.")


class RightsOut(Schema):
    """What somebody may do in a board."""

    see = fields.Nested(RightOut, required=True)
    reply = fields.Nested(RightOut, required=True)
    start = fields.Nested(RightOut, required=True)
    moderate = fields.Nested(RightOut, required=True)


class PermissionsOut(Schema):
    """What a member or a guest may do in a board."""

    member = fields.Nested(MemberRefOut, required=True, allow_none=True, metadata={"description": "null for a guest."})
    board = fields.Nested(BoardRefOut, required=True)
    rights = fields.Nested(RightsOut, required=True)
