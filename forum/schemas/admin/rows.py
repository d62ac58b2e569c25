"""Reaction kinds, member titles and smilies."""

import re
from collections.abc import Mapping

from marshmallow import Schema, ValidationError, validate

from forum.admin import rules
from forum.infra.text.messages import say
from forum.models import MemberTitle, ReactionKind, Smilie
from forum.schemas.admin.shapes import column_text
from forum.schemas.shapes import Between, WholeNumber


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


ROW_SCHEMAS: Mapping[str, type[Schema]] = {"reactions": ReactionKindIn, "titles": MemberTitleIn, "smilies": SmilieIn}
