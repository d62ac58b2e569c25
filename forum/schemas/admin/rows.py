"""Reaction kinds, member titles, smilies, prepared reasons, and what warnings are and lead to."""

import re
from collections.abc import Mapping

from marshmallow import Schema, ValidationError, fields, validate

from forum.admin import rules
from forum.infra.text.messages import say
from forum.models import MemberTitle, PreparedReason, ReactionKind, Smilie, ThresholdAct, WarningKind
from forum.schemas.admin.shapes import column_text
from forum.schemas.shapes import Between, CleanText, OptionalNumber, WholeNumber
from forum.schemas.writing import MAX_KEY_INPUT


def _is_key(value: str) -> None:
    if not re.fullmatch(r"[a-z0-9-]+", value):
        raise ValidationError([say("Use only the letters a to z, digits and hyphens.")])


class ReactionKindIn(Schema):
    """A reaction kind."""

    key = column_text(ReactionKind.key, least=1, validate=_is_key)
    name = column_text(ReactionKind.name, least=1)
    symbol = column_text(ReactionKind.symbol, least=1)
    score = WholeNumber(validate=validate.OneOf([1, 0, -1]))


class MemberTitleIn(Schema):
    """A title that members earn."""

    title = column_text(MemberTitle.title, least=1)
    min_messages = WholeNumber(validate=Between(0, rules.MAX_TITLE_MESSAGES))


class SmilieIn(Schema):
    """A smilie."""

    code = column_text(Smilie.code, least=3)
    text_codes = column_text(Smilie.text_codes)
    name = column_text(Smilie.name, least=1)
    symbol = column_text(Smilie.symbol, least=1)


class PreparedReasonIn(Schema):
    """A reason that moderators choose, and the acts for which it is offered."""

    title = column_text(PreparedReason.title, least=1)
    text = column_text(PreparedReason.text, least=1)
    rule = column_text(PreparedReason.rule)
    for_delete = fields.Boolean()
    for_edit = fields.Boolean()
    for_reject = fields.Boolean()
    for_warn = fields.Boolean()
    for_hold = fields.Boolean()
    for_mute = fields.Boolean()
    for_ban = fields.Boolean()
    for_block = fields.Boolean()
    for_withdraw = fields.Boolean()
    for_answer = fields.Boolean()
    for_appeal = fields.Boolean()


class WarningKindIn(Schema):
    """What members are warned for."""

    title = column_text(WarningKind.title, least=1)
    points = WholeNumber(validate=Between(0, rules.MAX_WARNING_POINTS))
    days = OptionalNumber(allow_none=True, validate=Between(1, rules.MAX_WARNING_DAYS))
    text = column_text(WarningKind.text)
    is_active = fields.Boolean()


class ThresholdIn(Schema):
    """What happens to members whose points reach a number."""

    points = WholeNumber(validate=Between(1, rules.MAX_WARNING_POINTS))
    act = CleanText(most=MAX_KEY_INPUT, validate=validate.OneOf(list(ThresholdAct)))
    days = OptionalNumber(allow_none=True, validate=Between(1, rules.MAX_WARNING_DAYS))


ROW_SCHEMAS: Mapping[str, type[Schema]] = {
    "reactions": ReactionKindIn,
    "titles": MemberTitleIn,
    "smilies": SmilieIn,
    "reasons": PreparedReasonIn,
    "warnings": WarningKindIn,
    "thresholds": ThresholdIn,
}
