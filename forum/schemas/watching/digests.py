"""Schemas of what members choose about their digests, by form and API alike."""

from marshmallow import Schema, ValidationError, fields, validate

from forum.digests.times import zone_names
from forum.infra.text.messages import say
from forum.infra.text.time_zones import MAX_ZONE_NAME, zone_of
from forum.models import Frequency
from forum.models.watching.digest import DEFAULT_HOUR
from forum.schemas.shapes import Between, CleanText, OptionalNumber, Timestamp, WholeNumber

MAX_WORD = 20  # characters of a frequency
_FREQUENCIES = (
    "daily, weekly: what is new in what the caller watches, and what is popular; watched: only of what they watch with "
    "a digest; off: none; empty: as the forum has it."
)
_ZONE = "A name such as Europe/Berlin; empty for the forum's."


def _require_known(name: str) -> None:
    if name and zone_of(name) is None:
        raise ValidationError([say("Choose a time zone from the list.")])


class DigestIn(Schema):
    """How often and when digests come."""

    frequency = CleanText(
        load_default="",
        most=MAX_WORD,
        validate=validate.OneOf(["", *(each.value for each in Frequency)]),
        metadata={"description": _FREQUENCIES},
    )
    hour = WholeNumber(
        load_default=DEFAULT_HOUR, validate=Between(0, 23), metadata={"description": "In the time zone."}
    )
    weekday = OptionalNumber(
        load_default=None,
        allow_none=True,
        validate=Between(0, 6),
        metadata={"description": "Of weekly digests, from 0 for Monday; null for one that the forum chooses."},
    )
    time_zone = CleanText(
        load_default="",
        most=MAX_ZONE_NAME,
        validate=_require_known,
        metadata={"description": _ZONE, "enum": ["", *zone_names()]},
    )


class DigestOut(Schema):
    """How often and when digests come, and when the next one may."""

    frequency = fields.String(required=True, metadata={"description": _FREQUENCIES})
    hour = fields.Integer(required=True, validate=validate.Range(0, 23))
    weekday = fields.Integer(required=True, allow_none=True, validate=validate.Range(0, 6))
    time_zone = fields.String(required=True, metadata={"description": _ZONE})
    next_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "When the forum looks whether there is enough for one; null for never."},
    )
