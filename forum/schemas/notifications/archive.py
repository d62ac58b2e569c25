"""Schemas of the archive's lines of notifications."""

from marshmallow import fields

from forum.models import Notification, NotificationChoice
from forum.schemas.archive_fields import (
    Details,
    Line,
    MemberName,
    Moment,
    Text,
    integer_field,
    optional_member,
    optional_moment,
    optional_text,
)


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
