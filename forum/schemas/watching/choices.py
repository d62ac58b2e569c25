"""Schemas of what members watch and mute, by form and API alike."""

from marshmallow import Schema, ValidationError, fields, validate

from forum.infra.text.messages import say
from forum.models import ToldOf, WatchLevel
from forum.schemas.shapes import CleanText, YesOrNo

DEFAULTS = (WatchLevel.SITE.value, WatchLevel.DAILY.value, WatchLevel.WEEKLY.value, WatchLevel.OFF.value)
OFFERED = (*DEFAULTS, WatchLevel.MUTED.value)  # of the levels, those that work today
_MAX_WORD = 20  # characters of a level or another word to choose
_LEVELS = (
    "site: told on the site; daily, weekly: in a digest by e-mail, too; off: not watched; muted: told of nothing, and "
    "left out of what's new."
)
_TOLD_OF = "threads: of new threads; posts: of every post."


def _not_yet(value: bool) -> None:  # noqa: FBT001 - marshmallow calls it so
    if value:
        raise ValidationError([say("This forum cannot send e-mails about watched threads and boards yet.")])


class WatchThreadIn(Schema):
    """What is chosen for a thread."""

    level = CleanText(
        load_default=WatchLevel.SITE.value,
        most=_MAX_WORD,
        validate=validate.OneOf(OFFERED),
        metadata={"description": _LEVELS},
    )
    mail = YesOrNo(
        load_default=False,
        validate=_not_yet,
        metadata={"description": "Told by e-mail too; refused for now.", "enum": [False]},
    )


class WatchBoardIn(WatchThreadIn):
    """What is chosen for a board and those below it."""

    told_of = CleanText(
        load_default=ToldOf.THREADS.value,
        most=_MAX_WORD,
        validate=validate.OneOf([each.value for each in ToldOf]),
        metadata={"description": _TOLD_OF},
    )


class WatchThreadOut(Schema):
    """What the caller has chosen for a thread."""

    level = fields.String(
        required=True,
        validate=validate.OneOf([level.value for level in WatchLevel]),
        metadata={"description": f"{_LEVELS} Others are for e-mails."},
    )


class WatchBoardOut(WatchThreadOut):
    """What the caller has chosen for a board, or for the nearest one above it."""

    told_of = fields.String(
        required=True,
        validate=validate.OneOf([each.value for each in ToldOf]),
        metadata={"description": _TOLD_OF},
    )


class WatchDefaultsIn(Schema):
    """What is chosen for threads that a member writes in; empty for what the operator has chosen."""

    started = CleanText(load_default="", most=_MAX_WORD, validate=validate.OneOf(["", *DEFAULTS]))
    answered = CleanText(load_default="", most=_MAX_WORD, validate=validate.OneOf(["", *DEFAULTS]))
