"""Schemas of what members watch and mute, by form and API alike."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from forum.models import ToldOf, WatchLevel
from forum.schemas.shapes import CleanText, YesOrNo
from forum.watching.by_mail import OFFERED

_MAX_WORD = 20  # characters of a level or another word to choose
_LEVELS = (
    "site: told on the site; mail: by e-mail, too, and daily or weekly: in a digest, if the caller has a confirmed "
    "address; off: not watched; muted: told of nothing, and left out of what's new."
)
_TOLD_OF = "threads: of new threads; posts: of every post."


class WatchThreadIn(Schema):
    """What is chosen for a thread."""

    level = CleanText(
        load_default=WatchLevel.SITE.value,
        most=_MAX_WORD,
        validate=validate.OneOf((*OFFERED, WatchLevel.MUTED.value)),
        metadata={"description": _LEVELS},
    )
    mail = YesOrNo(load_default=False, metadata={"description": "true: the same as the level mail instead of site."})

    @post_load
    def _by_mail(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        if data.pop("mail") and data["level"] == WatchLevel.SITE:
            data["level"] = WatchLevel.MAIL.value
        return data


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
        metadata={"description": _LEVELS},
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

    started = CleanText(load_default="", most=_MAX_WORD, validate=validate.OneOf(["", *OFFERED]))
    answered = CleanText(load_default="", most=_MAX_WORD, validate=validate.OneOf(["", *OFFERED]))
