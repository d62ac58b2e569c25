"""The kinds of fields that the API's schemas are made of."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from forum.infra.characters import without_forbidden
from forum.infra.messages import say, say_many
from forum.infra.paging import MAX_PAGE
from forum.infra.password import MAX_LENGTH as MAX_PASSWORD

MAX_ID = 2**31 - 1  # what every database keeps in an integer column


class BoundedText(fields.String):
    """A text of `least` to `most` characters, counted as it is sent, before anything else is done with it.

    The API's document says the same numbers. A validator would count what is left of the text after cleaning.
    """

    def __init__(self, *, least: int = 0, most: int | None = None, **options: Any) -> None:
        told = {"minLength": least or None, "maxLength": most}
        metadata = {name: number for name, number in told.items() if number is not None} | options.pop("metadata", {})
        super().__init__(metadata=metadata, **options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if self.most is not None and isinstance(value, str) and len(value) > self.most:
            raise ValidationError([say("Use at most %(num)d characters.", num=self.most)])
        if isinstance(value, str) and len(value) < self.least:
            words = say_many("Use at least %(num)d character.", "Use at least %(num)d characters.", self.least)
            raise ValidationError([words])
        return super()._deserialize(value, attr, data, **kwargs)


class CleanText(BoundedText):
    """A text as somebody sends it, without the characters that no document may hold: the way in of every text."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return without_forbidden(super()._deserialize(value, attr, data, **kwargs))


class Password(BoundedText):
    """A password: compared to the letter and never shown, so that nothing is taken out of it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=MAX_PASSWORD, **options)


class Timestamp(fields.DateTime):
    """A moment in UTC to the second: 2021-03-09T00:00:00Z."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class QueryInteger(fields.Integer):
    """A whole number in the query, in plain digits: neither 1_000 nor +1 nor 1.0."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class JsonInteger(fields.Integer):
    """A whole number in JSON, where 3.0 is one and "3" and true are none."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if not is_whole or isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class QueryBoolean(CleanText):
    """A yes or no in the query: true, false, 1 or 0."""

    def __init__(self, **more: Any) -> None:
        metadata = {"default": "true" if more.get("load_default") else "false"} | more.pop("metadata", {})
        super().__init__(validate=validate.OneOf(["true", "false", "1", "0"]), metadata=metadata, **more)

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """The truth of the word; the default is one already."""
        found = super().deserialize(value, attr, data, **kwargs)
        return found if isinstance(found, bool) else found in {"true", "1"}


def page_number() -> QueryInteger:
    """The number of a page in the query."""
    return QueryInteger(
        load_default=1,
        validate=validate.Range(1, MAX_PAGE),
        metadata={"description": "Number of the page, from 1; a page beyond the last is not found (404)."},
    )


def count(description: str = "") -> fields.Integer:
    """A number of things."""
    return fields.Integer(
        required=True, validate=validate.Range(0), metadata={"description": description} if description else {}
    )


def identifier() -> fields.Integer:
    """The number of a thing."""
    return fields.Integer(required=True, validate=validate.Range(1, MAX_ID))


def url_field(description: str = "Its page.") -> fields.String:
    """An absolute address."""
    return fields.String(required=True, metadata={"format": "uri", "description": description})


def text(description: str = "", **more: Any) -> fields.String:
    """Text that is always there."""
    return fields.String(required=True, metadata={"description": description} if description else {}, **more)


def flag(description: str = "") -> fields.Boolean:
    """A yes or no that is always there."""
    return fields.Boolean(required=True, metadata={"description": description} if description else {})
