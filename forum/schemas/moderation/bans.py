"""Blocks of addresses and e-mail, and bans of members, by form or as JSON."""

from marshmallow import Schema, fields, validate

from forum.members.bans.queries import KINDS
from forum.members.bans.values import MAX_VALUE
from forum.members.rules import MAX_BAN_REASON
from forum.models import BlockStops
from forum.schemas.listing import PageIn, PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.moderation.reasons import PreparedIn
from forum.schemas.sanction import LocalDay
from forum.schemas.shapes import MAX_ID, CleanText, Timestamp, WholeNumber, identifier, text
from forum.schemas.writing import MAX_KEY_INPUT, MAX_LINE_INPUT

STOPS = tuple(each.value for each in BlockStops)


class BlockIn(Schema):
    """A block: of what, why, until when, and what it stops."""

    value = CleanText(
        required=True,
        most=MAX_VALUE,
        metadata={"description": "An IP address, a range such as 192.0.2.0/24, a domain or an e-mail address."},
    )
    reason = CleanText(load_default="", most=MAX_LINE_INPUT, metadata={"description": "Those who are refused read it."})
    until = LocalDay(
        load_default=None, metadata={"description": "The first day after it; null only for e-mail, and for admins."}
    )
    stops = CleanText(load_default=BlockStops.REGISTERING.value, most=MAX_KEY_INPUT, validate=validate.OneOf(STOPS))


class BlockBodyIn(BlockIn, PreparedIn):
    """A block, as JSON."""


class BansIn(PageIn):
    """Which bans are listed."""

    kind = CleanText(
        load_default="all",
        most=MAX_KEY_INPUT,
        validate=validate.OneOf(KINDS),
    )
    q = CleanText(load_default="", most=MAX_VALUE, metadata={"description": "A name, address or domain."})


class MemberBanIn(PreparedIn):
    """A ban of a member."""

    reason = CleanText(load_default="", most=MAX_BAN_REASON)
    until = LocalDay(load_default=None, allow_none=True)


class UnmuteIn(Schema):
    """Where a mute is lifted."""

    board_id = WholeNumber(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "A board, and those inside it; the whole forum if it is left out."},
    )


class MemberMuteIn(MemberBanIn, UnmuteIn):
    """A mute of a member."""


class ThreadBanIn(Schema):
    """The form that bans a member from a thread."""

    member = CleanText(required=True, most=MAX_KEY_INPUT)
    reason = CleanText(load_default="", most=MAX_LINE_INPUT)
    until = LocalDay(load_default=None)


class UnbanIn(Schema):
    """Whose ban is lifted."""

    member_id = WholeNumber(required=True, validate=validate.Range(1, MAX_ID))


class ThreadMemberBanIn(MemberBanIn, UnbanIn):
    """A ban of a member from a thread."""


class BanOut(Schema):
    """What is in force: a ban or mute of a member, or a block of addresses or e-mail."""

    id = identifier()
    kind = text(
        "Of a member: ban, mute, or hold, when all posts wait for approval. Of a block, which DELETE lifts by its id:"
        " address or email."
    )
    member = fields.Nested(MemberRefOut, required=True, allow_none=True)
    scope = text("Of a member's: empty for the whole forum, board:ID or thread:ID.")
    value = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Of a block; null if the caller may not see addresses."},
    )
    stops = text("Of a block: register, or post for new members' posts too.")
    reason = text()
    created_at = Timestamp(required=True)
    until = Timestamp(required=True, allow_none=True)
    by = fields.Nested(MemberRefOut, required=True, allow_none=True)


class BanListOut(Schema):
    """A page of bans, newest first."""

    items = fields.List(fields.Nested(BanOut), required=True)
    page = fields.Nested(PageOut, required=True)
