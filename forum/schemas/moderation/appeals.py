"""What members say against a decision, and what moderators decide about it, by form or as JSON."""

from marshmallow import Schema, fields, validate

from forum.models.moderation.appeal import MAX_APPEAL_WORDS, REVERSE, UPHOLD
from forum.models.moderation.report import MAX_ANSWER
from forum.schemas.listing import PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.moderation.reasons import PreparedIn
from forum.schemas.moderation.reports import CasesIn as AppealsIn
from forum.schemas.post import PostRefOut
from forum.schemas.shapes import CleanText, Timestamp, flag, identifier, text
from forum.schemas.writing import MAX_KEY_INPUT

__all__ = [
    "AppealDecisionBodyIn",
    "AppealDecisionIn",
    "AppealIn",
    "AppealListOut",
    "AppealOut",
    "AppealRowOut",
    "AppealsIn",
]
DECISIONS = (UPHOLD, REVERSE)


class AppealIn(Schema):
    """Why a decision is wrong."""

    words = CleanText(load_default="", most=MAX_APPEAL_WORDS, most_in_form=2 * MAX_APPEAL_WORDS)


class AppealDecisionIn(Schema):
    """The decision about an appeal, with the reason that the member reads."""

    decision = CleanText(
        required=True,
        most=MAX_KEY_INPUT,
        validate=validate.OneOf(DECISIONS),
        metadata={"description": "uphold: the decision stays; reverse: what was done is undone."},
    )
    reason = CleanText(
        load_default="",
        most=MAX_ANSWER,
        most_in_form=2 * MAX_ANSWER,
        metadata={"description": "Why; the member reads it. Required."},
    )


class AppealDecisionBodyIn(AppealDecisionIn, PreparedIn):
    """The decision about an appeal, as JSON."""


class AppealRowOut(Schema):
    """An appeal as the list shows it."""

    id = identifier()
    url = text("URL of its page.")
    state = text("open, uphold or reverse.")
    member = fields.Nested(MemberRefOut, required=True, metadata={"description": "Who appeals."})
    against = text("What was decided: post-deleted, ban, and so on.")
    post = fields.Nested(PostRefOut, required=True, allow_none=True)
    opened_at = Timestamp(required=True)
    decided_at = Timestamp(required=True, allow_none=True)
    assignee = fields.Nested(MemberRefOut, required=True, allow_none=True)
    decided_by = fields.Nested(MemberRefOut, required=True, allow_none=True)


class AppealOut(AppealRowOut):
    """An appeal with the decision that it is against."""

    words = text("What the member says.")
    reason = text("Of the decision that the appeal is against.")
    rule = text("Which rule was broken, as the moderator said.")
    removed_text = text("What was removed or replaced.")
    answer = text("The reason of the decision about the appeal.")
    by = fields.Nested(MemberRefOut, required=True, allow_none=True, metadata={"description": "Who took the decision."})
    may_decide = flag("Whether the caller may decide it: not about their own decision.")


class AppealListOut(Schema):
    """A page of appeals."""

    items = fields.List(fields.Nested(AppealRowOut), required=True)
    page = fields.Nested(PageOut, required=True)
