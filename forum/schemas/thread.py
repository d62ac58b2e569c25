"""API schemas of threads."""

from marshmallow import Schema, fields, validate

from forum.schemas.board import BoardRefOut, ThreadRefOut
from forum.schemas.listing import PageIn, PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.shapes import (
    MAX_ID,
    CleanText,
    QueryBoolean,
    QueryInteger,
    Timestamp,
    count,
    flag,
    url_field,
    visibility_field,
)

SORTS = ("latest", "new", "replies", "views")


class ThreadCanOut(Schema):
    """What the caller may do in the thread."""

    reply = flag()
    edit_title = flag("Change its title.")
    moderate = flag("Pin, lock, move and delete it.")


class LastPostOut(Schema):
    """The last post of a thread."""

    id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null if the archive does not contain the post."}
    )
    url = url_field("The post's permalink.")
    author = fields.Nested(MemberRefOut, required=True)
    created_at = Timestamp(required=True)


class ThreadOut(ThreadRefOut):
    """A thread."""

    board = fields.Nested(BoardRefOut, required=True)
    starter = fields.Nested(MemberRefOut, required=True)
    started_at = Timestamp(required=True)
    reply_count = count("Number of posts, without the first.")
    view_count = count()
    is_pinned = flag()
    is_pinned_everywhere = flag("Pinned also on top of the lists of all other boards, and of What's new.")
    pinned_until = Timestamp(required=True, allow_none=True, metadata={"description": "When it is unpinned."})
    is_locked = flag()
    locks_at = Timestamp(required=True, allow_none=True, metadata={"description": "When it is locked."})
    locked_until = Timestamp(required=True, allow_none=True, metadata={"description": "When it is unlocked."})
    lock_reason = fields.String(required=True, metadata={"description": "Why it is locked; may be empty."})
    visibility = visibility_field()
    slow_minutes = count("Minutes between two posts of a member in slow mode; 0 without it.")
    is_deleted = flag("Only moderators can see deleted threads.")
    last_post = fields.Nested(LastPostOut, required=True)
    can = fields.Nested(ThreadCanOut, required=True)


class ThreadRowOut(ThreadOut):
    """A thread in a list."""

    is_unread = flag("Whether it has posts that the caller has not read; false for guests.")


class ThreadListOut(Schema):
    """A page of threads."""

    items = fields.List(fields.Nested(ThreadRowOut), required=True)
    page = fields.Nested(PageOut, required=True)


class SimilarListOut(Schema):
    """Similar threads, the most similar first."""

    items = fields.List(fields.Nested(ThreadOut), required=True)
    page = fields.Nested(PageOut, required=True)


class BoardThreadsIn(PageIn):
    """Query parameters of a board's threads."""

    sort = CleanText(load_default=SORTS[0], validate=validate.OneOf(SORTS))


class WhatsNewIn(PageIn):
    """Query parameters of the list of new posts."""

    unread = QueryBoolean(
        load_default=False, metadata={"description": "Only threads with posts that the caller has not read."}
    )
    watched = QueryBoolean(load_default=False, metadata={"description": "Only threads that the caller watches."})
    participated = QueryBoolean(
        load_default=False, metadata={"description": "Only threads in which the caller has written."}
    )


class ThreadsIn(BoardThreadsIn, WhatsNewIn):
    """Query parameters of all threads."""

    board = QueryInteger(
        load_default=None,
        allow_none=False,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "Only threads in this board."},
    )


class ViewersOut(Schema):
    """The current viewers of a thread, including the caller."""

    total = count("Number of members and guests.")
    members = count()
    guests = count()
    robots = count("Number of robots, not included in the total.")
    names = fields.List(
        fields.String(), required=True, metadata={"description": "Names of at most 50 members, without those who hide."}
    )
