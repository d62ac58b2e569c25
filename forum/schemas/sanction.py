"""Form schemas for banning and muting members."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate

from forum.infra.text.messages import say
from forum.schemas.member import is_storable
from forum.schemas.shapes import MAX_ID, BoundedText, CleanText, OptionalNumber
from forum.schemas.writing import MAX_LINE_INPUT
from forum.site.queries import snapshot


class Day(fields.Field[datetime | None]):
    """A day such as 2027-05-12, loaded as its start in UTC; None if empty."""

    most = 10  # characters
    described: ClassVar = {"type": "string", "format": "date"}  # for the OpenAPI document

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata=self.described | options.pop("metadata", {}), **options)

    def start_of(self, day: date) -> datetime:
        """The moment at which a day begins."""
        return datetime.combine(day, datetime.min.time(), UTC)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime | None:
        text = BoundedText(most=self.most).deserialize(value)
        try:
            return self.start_of(date.fromisoformat(text)) if text else None
        except (ValueError, OverflowError) as error:
            raise ValidationError([say("Enter the date as YYYY-MM-DD.")]) from error


class LocalDay(Day):
    """A day, loaded as its start in the site's time zone."""

    def start_of(self, day: date) -> datetime:
        """The moment at which a day begins."""
        return snapshot().start_of(day)


class LocalMoment(fields.Field[datetime | None]):
    """A day and time such as 2027-05-12T08:00 in the site's time zone; None if empty."""

    most = 16  # characters

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime | None:
        entered = BoundedText(most=self.most).deserialize(value)
        try:
            local = datetime.fromisoformat(entered).replace(tzinfo=snapshot().zone) if entered else None
            moment = local.astimezone(UTC) if local else None
        except (ValueError, OverflowError) as error:
            raise ValidationError([say("Enter day and time as YYYY-MM-DD HH:MM.")]) from error
        if moment is not None:
            is_storable(moment)
        return moment


class BanIn(Schema):
    """The reason of a ban, and the day on which it ends."""

    reason = CleanText(load_default="", most=MAX_LINE_INPUT)
    until = LocalDay(load_default=None)


class MutePlaceIn(Schema):
    """The board in which a member is muted; none for the whole forum."""

    board = OptionalNumber(load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))


class MuteIn(BanIn, MutePlaceIn):
    """Where a member is muted, the reason, and the day on which it ends."""
