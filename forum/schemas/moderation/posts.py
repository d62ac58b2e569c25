"""What moderators change of a post, and deleting for good."""

from marshmallow import Schema, fields, validate

from forum.moderation.post_tools import MAX_NOTICE
from forum.schemas.moderation.reasons import PreparedIn
from forum.schemas.shapes import MAX_ID, CleanText, WholeNumber
from forum.schemas.writing import MAX_LINE_INPUT, PostIn, ReasonIn
from forum.threads.rules import BODY_MAX


class StaffNoticeIn(Schema):
    """A notice by staff."""

    staff_notice = CleanText(load_default="", most=MAX_LINE_INPUT)


class AuthorIn(Schema):
    """The name of a post's new author."""

    author = CleanText(load_default="", most=MAX_LINE_INPUT)


class EraseIn(ReasonIn):
    """Why something is deleted for good, and that the admin is sure."""

    sure = CleanText(load_default="", most=10)


class DeleteIn(ReasonIn, PreparedIn):
    """Why something is deleted, and whether for good."""

    for_good = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Leave nothing of what is deleted already; there is no way back. For admins, with the scope"
            " admin; needs a reason."
        },
    )


class PostChangeIn(PostIn, PreparedIn):
    """What is to be changed of a post; what is not sent stays."""

    body = CleanText(
        most=BODY_MAX,
        metadata={"description": "Markdown, 1 to 50,000 characters with at least one visible.", "minLength": 1},
    )
    seen_revision = WholeNumber(
        validate=validate.Range(0, MAX_ID),
        metadata={"description": "The revision that the edit is based on; 409 if the post was edited since."},
    )
    reason = CleanText(
        most=MAX_LINE_INPUT,
        metadata={
            "description": "Why a moderator changes what somebody else wrote, for its author; cut to 200 characters."
        },
    )
    staff_notice = CleanText(
        most=MAX_NOTICE,
        metadata={"description": "A notice by staff, in one line; empty for none. With the scope moderate."},
    )
    author_name = CleanText(
        most=MAX_LINE_INPUT,
        metadata={
            "description": "The name of the member whose post it is from now on, of a first post with its thread. With"
            " the scope moderate, for those who moderate the board and manage members."
        },
    )
