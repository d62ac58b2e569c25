"""Schemas of the archive's lines of notifications and digests."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from forum.models import Digest, Frequency, Notification, NotificationChoice
from forum.models.watching.digest import DEFAULT_HOUR
from forum.schemas.archive_fields import (
    Details,
    Line,
    MemberName,
    Moment,
    Text,
    TimeZone,
    integer_field,
    optional_member,
    optional_moment,
    optional_text,
)
from forum.schemas.shapes import CleanText


class NotificationLine(Line):
    """A notification of a member; what staff told them has neither post nor actor."""

    member = MemberName(required=True)
    kind = Text(Notification.kind, least=1, required=True)
    thread = integer_field(least=1, load_default=None)
    position = integer_field(least=1, load_default=None)
    actor = optional_member()
    subject = optional_text(Notification.subject_type)
    details = Details(load_default=dict)
    created_at = Moment(required=True)
    seen_at = optional_moment()
    read_at = optional_moment()
    withdrawn_at = optional_moment()


class NotificationChoiceLine(Line):
    """That a member does or does not want to be told of a kind by a channel."""

    member = MemberName(required=True)
    kind = Text(NotificationChoice.kind, least=1, required=True)
    channel = Text(NotificationChoice.channel, least=1, required=True)
    is_on = fields.Boolean(truthy={True}, falsy={False}, required=True)


class _ZoneOrNone(TimeZone):
    """A time zone; empty for the forum's."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return "" if value == "" else super()._deserialize(value, attr, data, **kwargs)


class DigestLine(Line):
    """How often and when a member gets digests, where they have chosen."""

    member = MemberName(required=True)
    frequency = CleanText(load_default="", validate=validate.OneOf(["", *Frequency]))
    hour = fields.Integer(strict=True, load_default=DEFAULT_HOUR, validate=validate.Range(0, 23))
    weekday = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.Range(0, 6))
    time_zone = _ZoneOrNone(Digest.time_zone, load_default="")
