"""What is chosen for the cleaning of a member, by form or as JSON, and how it went; blocks of link domains."""

from marshmallow import Schema, fields, validate

from forum.models.spam.blocked_link import MAX_DOMAIN
from forum.moderation.cleaning.plan import MAX_LISTED, BanChoice, Period
from forum.schemas.moderation.reasons import PreparedIn
from forum.schemas.sanction import LocalDay
from forum.schemas.shapes import (
    MAX_ID,
    Between,
    CleanText,
    OptionalNumber,
    Timestamp,
    WholeNumber,
    count,
    flag,
    identifier,
)
from forum.schemas.writing import MAX_KEY_INPUT, MAX_LINE_INPUT
from forum.spam.blocked_links import MAX_DAYS

PERIODS, BANS = tuple(each.value for each in Period), tuple(each.value for each in BanChoice)
STATES = ("running", "finished", "undoing", "undone")
DEFAULT_DAYS = 30


def _ticked() -> CleanText:
    return CleanText(load_default="", most=MAX_KEY_INPUT)


class CleaningFormIn(Schema):
    """The form; boxes that are not ticked are not sent, and the ticked domains are read apart."""

    posts = _ticked()
    pending = _ticked()
    reactions = _ticked()
    teach = _ticked()
    period = CleanText(load_default=Period.ALL.value, most=MAX_KEY_INPUT, validate=validate.OneOf(PERIODS))
    board = OptionalNumber(load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))
    ban = CleanText(load_default=BanChoice.NONE.value, most=MAX_KEY_INPUT, validate=validate.OneOf(BANS))
    ban_until = LocalDay(load_default=None)
    reason = CleanText(load_default="", most=MAX_LINE_INPUT)
    addresses = _ticked()
    block_days = OptionalNumber(load_default=DEFAULT_DAYS, validate=Between(1, MAX_DAYS))
    name = CleanText(load_default="", most=MAX_KEY_INPUT)
    seen = CleanText(load_default="", most=MAX_KEY_INPUT)
    step = CleanText(load_default="", most=MAX_KEY_INPUT)


class LinkIn(Schema):
    """A domain that is to be blocked, and for how many days."""

    domain = CleanText(load_default="", most=MAX_LINE_INPUT)
    days = OptionalNumber(load_default=DEFAULT_DAYS, validate=Between(1, MAX_DAYS))


class CleaningIn(PreparedIn):
    """What a cleaning removes and does."""

    posts = fields.Boolean(load_default=True, metadata={"description": "Threads and posts."})
    pending = fields.Boolean(
        load_default=True, metadata={"description": "What waits for approval, and reports about it, are decided."}
    )
    reactions = fields.Boolean(load_default=True)
    teach = fields.Boolean(load_default=True, metadata={"description": "Teach the spam filter the newest posts."})
    period = CleanText(
        load_default=Period.ALL.value,
        validate=validate.OneOf(PERIODS),
        metadata={"description": "Only of the last hour, day or week."},
    )
    board_id = WholeNumber(
        load_default=None,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "Move threads to this board in place of deleting them."},
    )
    ban = CleanText(load_default=BanChoice.FOR_GOOD.value, validate=validate.OneOf(BANS))
    ban_until = LocalDay(load_default=None, metadata={"description": "For `until`: the first day without the ban."})
    reason = CleanText(load_default="", most=MAX_LINE_INPUT, metadata={"description": "The member reads it."})
    links = fields.List(
        CleanText(most=MAX_DOMAIN),
        load_default=list,
        validate=validate.Length(max=MAX_LISTED),
        metadata={"description": "Domains to block: posts of new members that link to them wait for approval."},
    )
    addresses = fields.Boolean(
        load_default=False, metadata={"description": "Block the addresses they used lately from registering."}
    )
    block_days = WholeNumber(
        load_default=DEFAULT_DAYS,
        validate=validate.Range(1, MAX_DAYS),
        metadata={"description": "For how many days addresses and links are blocked."},
    )
    name = CleanText(
        load_default="",
        most=MAX_KEY_INPUT,
        metadata={"description": "The member's name: required for one with 20 posts, or who joined 30 days ago."},
    )


class CleaningCountsOut(Schema):
    """How many were removed."""

    threads = count()
    posts = count("In threads that stay.")
    first_posts = count("Whose text was removed, as others have written in the thread.")
    reactions = count()
    cases = count("Reports and posts that waited.")
    addresses = count("Blocked, not removed.")
    refused = count("Posts that stay: in boards that the moderator does not moderate, or that could not be moved.")


class CleaningOut(Schema):
    """A cleaning. A job does within seconds what is left, or what is left to undo."""

    id = identifier()
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    member_id = identifier()
    started_at = Timestamp(required=True)
    planned = count("Threads, posts, reactions and cases that were counted before.")
    removed = fields.Nested(CleaningCountsOut, required=True)
    restored = count("Parts that are undone.")
    kept = count("Parts that others had changed since, so that they were not undone.")
    can_undo = flag()
