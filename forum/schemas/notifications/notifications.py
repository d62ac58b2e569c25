"""API schemas of notifications, and of what members want to be told."""

from marshmallow import Schema, fields, validate

from forum.models import Channel
from forum.notifications.kinds import KINDS, Kind
from forum.schemas.listing import PageIn, PageOut
from forum.schemas.member import MemberRefOut
from forum.schemas.shapes import MAX_ID, Timestamp, WholeNumber, count, flag, identifier, text

MAX_KINDS = 100  # in one change; more than there are
_NAMES = ", ".join(KINDS)


class NotificationsIn(PageIn):
    """Query parameters of the list."""

    unread = fields.Boolean(
        load_default=False, metadata={"description": "true: only those with something that the caller has not visited."}
    )


class SeenIn(Schema):
    """Up to which notification the caller has seen the list."""

    upto = WholeNumber(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, MAX_ID),
        metadata={"description": "The id of the newest one shown; without it all are seen."},
    )


class NotificationOut(Schema):
    """A row of the list: a notification, or several of a group that were not seen apart."""

    id = identifier()
    kind = text(f"One of: {_NAMES}; or another, of a later version.")
    title = text("That title alone; empty if there is none.")
    reason = text("Why staff did it; empty if they gave no reason.")
    text = text("The sentence of the list, with the title of the thread or board.")
    actor = fields.Nested(
        MemberRefOut, required=True, allow_none=True, metadata={"description": "The newest who did it; null for staff."}
    )
    count = count("How many notifications the row stands for.")
    at = Timestamp(required=True, metadata={"description": "When the newest was told."})
    is_seen = flag("Whether the caller has opened the list since.")
    is_read = flag("Whether the caller has visited all of it.")
    url = fields.Url(
        required=True, allow_none=True, metadata={"description": "Where it leads; null if that has no page."}
    )


class NotificationListOut(Schema):
    """A page of notifications."""

    items = fields.List(fields.Nested(NotificationOut), required=True)
    page = fields.Nested(PageOut, required=True)


class UnseenOut(Schema):
    """How many rows of the list are unseen."""

    unseen_notifications = count("At most 100.")


class ChannelsOut(Schema):
    """By which channels the caller is told of a kind."""

    site = flag("In the list and on the bell.")
    mail = flag("By e-mail, unless they see it on the site first.")
    push = flag("In the browsers in which they asked for it.")


class PreferencesOut(Schema):
    """What the caller is told, by kind; warnings and other decisions about them are always told on the site."""

    kinds = fields.Dict(keys=fields.String(), values=fields.Nested(ChannelsOut), required=True)


def _channels(kind: Kind) -> dict[str, object]:
    offered = {each.value: {"type": "boolean"} for each in Channel if kind.leaves_choice(each)}
    return {"type": "object", "properties": offered, "additionalProperties": False}


class PreferencesIn(Schema):
    """Changed choices: kinds and channels that are not sent stay as they are."""

    kinds = fields.Dict(
        required=True,
        validate=validate.Length(max=MAX_KINDS),
        metadata={
            "description": 'By the name of a kind, an object of channels: `{"reply": {"site": false}}`.',
            "properties": {name: _channels(KINDS[name]) for name in sorted(KINDS)},
            "additionalProperties": False,
        },
    )
