"""The field types of the forum's schemas."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from forum.infra.paging import MAX_PAGE
from forum.infra.password import MAX_LENGTH as MAX_PASSWORD
from forum.infra.text.characters import without_forbidden
from forum.infra.text.messages import say, say_many

MAX_ID = 2**31 - 1  # maximum of an integer column in every supported database


class BoundedText(fields.String):
    """A text of `least` to `most` characters, counted as sent, before cleaning (a validator would count afterwards).

    The OpenAPI document states the same limits. A form may send up to `most_in_form` characters, see as_form().
    """

    def __init__(
        self, *, least: int = 0, most: int | None = None, most_in_form: int | None = None, **options: Any
    ) -> None:
        told = {"minLength": least or None, "maxLength": most}
        metadata = {name: number for name, number in told.items() if number is not None} | options.pop("metadata", {})
        super().__init__(metadata=metadata, **options)
        self.least, self.most, self.most_in_form = least, most, most_in_form or most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if self.most is not None and isinstance(value, str) and len(value) > self.most:
            raise ValidationError([say("Use at most %(num)d characters.", num=self.most)])
        if isinstance(value, str) and len(value) < self.least:
            words = say_many("Use at least %(num)d character.", "Use at least %(num)d characters.", self.least)
            raise ValidationError([words])
        return super()._deserialize(value, attr, data, **kwargs)


class CleanText(BoundedText):
    """Input text with forbidden characters removed; every text field uses it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return without_forbidden(super()._deserialize(value, attr, data, **kwargs))


class Password(BoundedText):
    """A password; not cleaned, because it is compared exactly and never displayed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(most=MAX_PASSWORD, **options)


class Timestamp(fields.DateTime):
    """A UTC timestamp to the second: 2021-03-09T00:00:00Z."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class QueryInteger(fields.Integer):
    """An integer query parameter in plain digits: 1_000, +1 and 1.0 are rejected."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class YesOrNo(fields.Boolean):
    """A boolean of JSON, where 0 and "true" are rejected."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class WholeNumber(fields.Integer):
    """An integer of JSON or of a form; in JSON, 3.0 is accepted, "3" and true are rejected."""

    in_form = False

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """A message for people."""
        return (
            ValidationError([say("Enter a whole number.")]) if key == "invalid" else super().make_error(key, **kwargs)
        )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if not self.in_form and (not is_whole or isinstance(value, bool)):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class ChosenNumber(WholeNumber):
    """A whole number that a form chooses from a list."""

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """A message for people."""
        is_unchosen = key == "invalid" and self.in_form
        return ValidationError([say("Choose one.")]) if is_unchosen else super().make_error(key, **kwargs)


class OptionalNumber(WholeNumber):
    """A whole number; null, or empty in a form, for none."""

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """The number, or None."""
        return super().deserialize(None if self.in_form and value == "" else value, attr, data, **kwargs)


class Between(validate.Range):
    """A range of numbers, with a message for people."""

    def __call__(self, value: Any) -> Any:
        """The value. Raises ValidationError if it is out of range."""
        if not self.min <= value <= self.max:
            words = say("Enter a number from %(least)s to %(most)s.", least=f"{self.min:,}", most=f"{self.max:,}")
            raise ValidationError([words])
        return value


class QueryBoolean(CleanText):
    """A boolean query parameter: true, false, 1 or 0."""

    def __init__(self, **more: Any) -> None:
        metadata = {"default": "true" if more.get("load_default") else "false"} | more.pop("metadata", {})
        super().__init__(validate=validate.OneOf(["true", "false", "1", "0"]), metadata=metadata, **more)

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """Convert the text to a bool; the default is a bool already."""
        loaded = super().deserialize(value, attr, data, **kwargs)
        return loaded if isinstance(loaded, bool) else loaded in {"true", "1"}


def as_form(schema: type[Schema]) -> Schema:
    """The schema as a form fills it in: numbers are text, and texts may have `most_in_form` characters."""
    shape = schema(unknown=EXCLUDE)
    for field in shape.fields.values():
        if isinstance(field, BoundedText):
            field.most = field.most_in_form
        elif isinstance(field, WholeNumber):
            field.in_form = True
    return shape


def page_number() -> QueryInteger:
    """The page number as a query parameter."""
    return QueryInteger(
        load_default=1,
        validate=validate.Range(1, MAX_PAGE),
        metadata={"description": "The page number, from 1; a page beyond the last returns 404."},
    )


def count(description: str = "") -> fields.Integer:
    """A required count, from 0."""
    return fields.Integer(
        required=True, validate=validate.Range(0), metadata={"description": description} if description else {}
    )


def visibility_field() -> fields.String:
    """Who sees a thread or post, in a word."""
    return fields.String(
        required=True,
        metadata={
            "description": "public; held: it waits for approval, and only its author and moderators see it; rejected:"
            " it was not approved, and the same see it; deleted: only moderators see it.",
            "enum": ["public", "held", "rejected", "deleted"],
        },
    )


def identifier() -> fields.Integer:
    """A required id."""
    return fields.Integer(required=True, validate=validate.Range(1, MAX_ID))


def url_field(description: str = "URL of its page.") -> fields.String:
    """A required absolute URL."""
    return fields.String(required=True, metadata={"format": "uri", "description": description})


def text(description: str = "", **more: Any) -> fields.String:
    """A required text."""
    return fields.String(required=True, metadata={"description": description} if description else {}, **more)


def flag(description: str = "") -> fields.Boolean:
    """A required boolean."""
    return fields.Boolean(required=True, metadata={"description": description} if description else {})
