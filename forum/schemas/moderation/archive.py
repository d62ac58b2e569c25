"""Schemas of an archive's lines about moderation: warnings, notes on members, and the rows that moderators choose."""

from marshmallow import fields, validate

from forum.models import MemberWarning, PreparedReason, ThresholdAct, WarningKind
from forum.models.moderation.staff_note import StaffNote
from forum.schemas.archive_fields import (
    DecisionNumber,
    Line,
    MemberName,
    Moment,
    OneLine,
    PostNumber,
    Text,
    boolean_field,
    integer_field,
    optional_member,
    optional_moment,
    optional_text,
)
from forum.schemas.shapes import MAX_ID, CleanText


class WarningKindLine(Line):
    """What members are warned for; without `days` the points count for good."""

    title = OneLine(WarningKind.title, least=1, required=True)
    points = integer_field(required=True)
    days = integer_field(least=1, load_default=None, allow_none=True)
    text = optional_text(WarningKind.text)
    is_active = fields.Boolean(truthy={True}, falsy={False}, load_default=True)
    order = integer_field(load_default=0)


class WarningThresholdLine(Line):
    """What happens to a member whose points reach a number."""

    points = integer_field(least=1, required=True)
    act = CleanText(required=True, validate=validate.OneOf([act.value for act in ThresholdAct]))
    days = integer_field(least=1, load_default=None, allow_none=True)


class PreparedReasonLine(Line):
    """A reason that moderators choose, and the acts for which it is offered."""

    title = OneLine(PreparedReason.title, least=1, required=True)
    text = OneLine(PreparedReason.text, least=1, required=True)
    rule = optional_text(PreparedReason.rule)
    for_delete = boolean_field()
    for_edit = boolean_field()
    for_reject = boolean_field()
    for_warn = boolean_field()
    for_hold = boolean_field()
    for_mute = boolean_field()
    for_ban = boolean_field()
    for_block = boolean_field()
    for_withdraw = boolean_field()
    for_answer = boolean_field()
    for_appeal = boolean_field()
    order = integer_field(load_default=0)


class MemberWarningLine(Line):
    """A warning of a member."""

    member = MemberName(required=True)
    title = OneLine(MemberWarning.title, least=1, required=True)
    points = integer_field(required=True)
    text = optional_text(MemberWarning.text)
    reason = optional_text(MemberWarning.reason)
    rule = optional_text(MemberWarning.rule)
    created_at = Moment(required=True)
    expires_at = optional_moment()
    by = optional_member()
    about_post = PostNumber(strict=True, load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))
    decision = DecisionNumber(strict=True, load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))
    withdrawn_at = optional_moment()
    withdrawn_by = optional_member()
    withdraw_reason = optional_text(MemberWarning.withdraw_reason)


class StaffNoteLine(Line):
    """A note of a moderator on a member."""

    member = MemberName(required=True)
    author = MemberName(required=True)
    created_at = Moment(required=True)
    edited_at = optional_moment()
    text = Text(StaffNote.text, least=1, required=True)
