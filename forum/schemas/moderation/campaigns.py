"""Campaigns, which are decided as one case, by form or as JSON."""

from marshmallow import Schema, fields, validate

from forum.moderation.campaigns import ACTS
from forum.schemas.listing import PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.moderation.reasons import PreparedIn
from forum.schemas.post import PostOut
from forum.schemas.shapes import CleanText, Timestamp, count, flag, identifier, text
from forum.schemas.writing import MAX_LINE_INPUT

DECISIONS = tuple(ACTS)
STATES = ("open", *DECISIONS, "done")


class CampaignIn(Schema):
    """A decision about all posts of a campaign."""

    decision = CleanText(
        required=True,
        most=20,
        validate=validate.OneOf(DECISIONS),
        metadata={"description": "spam rejects what waits and deletes what is public; fine approves what waits."},
    )
    reason = CleanText(load_default="", most=MAX_LINE_INPUT, metadata={"description": "For their authors, if spam."})


class CampaignDecisionIn(CampaignIn, PreparedIn):
    """A decision about a campaign, as JSON."""


class CampaignRowOut(Schema):
    """A campaign as the list shows it; the counts are those of the boards that the caller moderates."""

    id = identifier()
    url = text("URL of its page.")
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={"description": "done: it began elsewhere, and nothing of it waits in the caller's boards."},
    )
    domain = text("To which all of them link; empty if their texts are nearly the same.")
    posts = count()
    waiting = count("How many of the posts wait for approval.")
    members = count()
    threads = count()
    has_more_elsewhere = flag("Whether it has posts in boards that the caller does not moderate.")
    is_part = flag("Whether it began in a board that the caller does not moderate, who decides only their part.")
    opened_at = Timestamp(required=True)
    decided_at = Timestamp(required=True, allow_none=True)
    decided_by = fields.Nested(MemberRefOut, required=True, allow_none=True)


class CampaignListOut(Schema):
    """The campaigns that wait, oldest first."""

    items = fields.List(fields.Nested(CampaignRowOut), required=True)


class CampaignMemberOut(Schema):
    """Who wrote posts of a campaign, and how many."""

    member = fields.Nested(MemberRefOut, required=True)
    posts = count()


class CampaignOut(CampaignRowOut):
    """A campaign with its members, and a page of its posts, oldest first."""

    authors = fields.List(fields.Nested(CampaignMemberOut), required=True)
    items = fields.List(fields.Nested(PostOut), required=True)
    page = fields.Nested(PageOut, required=True)
