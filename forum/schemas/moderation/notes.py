"""Notes among moderators on members, as JSON."""

from marshmallow import Schema, fields

from forum.models.moderation.staff_note import MAX_STAFF_NOTE
from forum.schemas.member import MemberRefOut
from forum.schemas.shapes import CleanText, Timestamp, flag, identifier, text


class StaffNoteIn(Schema):
    """A note on a member."""

    note = CleanText(
        load_default="",
        most=MAX_STAFF_NOTE,
        metadata={"description": "For other moderators, in plain text; the member never sees it. Required."},
    )


class StaffNoteOut(Schema):
    """A note on a member."""

    id = identifier()
    text = text("Plain text.")
    author = fields.Nested(MemberRefOut, required=True)
    created_at = Timestamp(required=True)
    edited_at = Timestamp(required=True, allow_none=True)
    may_change = flag("Whether the caller may change it: who wrote it.")
    may_delete = flag("Whether the caller may delete it: who wrote it, and admins.")


class StaffNoteListOut(Schema):
    """Notes on a member, newest first."""

    items = fields.List(fields.Nested(StaffNoteOut), required=True)
