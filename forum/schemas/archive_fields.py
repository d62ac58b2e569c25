"""The fields of an archive's lines: text, timestamps, counts, and references by name."""

import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from marshmallow import RAISE, Schema, ValidationError, fields, post_dump, validate
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from forum.infra.database.db import Model
from forum.infra.text.characters import without_forbidden
from forum.infra.text.locales import locale_of
from forum.infra.text.messages import one_line
from forum.infra.text.time_zones import MAX_ZONE_NAME
from forum.models import (
    Board,
    BoardApproval,
    Conversation,
    ConversationMessage,
    Decision,
    Group,
    Member,
    Notice,
    Post,
    ReactionKind,
    Thread,
    Visibility,
)
from forum.schemas.shapes import MAX_ID, CleanText


class Text(CleanText):
    """Text at most as long as its column, without forbidden characters."""

    def __init__(self, column: InstrumentedAttribute[Any] | None = None, *, least: int = 0, **options: Any) -> None:
        most = getattr(column.type, "length", None) if column is not None else None
        super().__init__(validate=validate.Length(least, most), **options)


class OneLine(Text):
    """A title or name: line breaks, control characters and direction marks are rejected."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if one_line(text) != unicodedata.normalize("NFC", text):
            raise ValidationError("holds control or direction marks, doubled spaces, or spaces at an end.")
        return text


class Language(Text):
    """A language tag with a locale for dates and numbers."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if locale_of(text) is None:
            raise ValidationError("is not a language such as en or pt-BR.")
        return text


class TimeZone(Text):
    """A time zone by its name. One that this system does not know counts as UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(rf"[A-Za-z0-9_+/-]{{1,{MAX_ZONE_NAME}}}", text):
            raise ValidationError("is not a time zone such as Europe/Berlin.")
        return text


class Moment(fields.Field[datetime]):
    """An ISO 8601 timestamp with UTC offset; written in UTC."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value).astimezone(UTC) if "T" in value else None
        except (TypeError, ValueError, OverflowError):
            moment = None
        if moment is None or datetime.fromisoformat(value).tzinfo is None:
            raise ValidationError("is not a moment such as 2021-03-09T00:00:00Z.")
        return moment


class Base64(fields.Field[bytes]):
    """Bytes as base64, at most `most` of them."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.most = most

    def _serialize(self, value: bytes | None, attr: str | None, obj: Any, **kwargs: Any) -> str:
        return b64encode(value or b"").decode()

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bytes:
        try:
            content = b64decode(value, validate=True)
        except (TypeError, ValueError) as error:
            raise ValidationError("is not base64.") from error
        if not content or len(content) > self.most:
            raise ValidationError(f"has not 1 to {self.most} bytes.")
        return content


class Details(fields.Dict):
    """The details of a log entry: JSON, with forbidden characters removed from its strings."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return _clean(super()._deserialize(value, attr, data, **kwargs))  # type: ignore[no-untyped-call]


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return without_forbidden(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(inner) for key, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list) else value


class Reference:
    """A field that refers to another row by a readable key; the column is the field's name with `_id`."""

    model: type[Model]
    key: str


class Place(NamedTuple):
    """How lines name a post or message, whose id the `column` has: by its thread or conversation, and its position."""

    column: str
    within: str
    model: Any
    file: str

    @property
    def container_id(self) -> ColumnElement[Any]:
        """The id of the thread or conversation."""
        found: ColumnElement[Any] = getattr(self.model, f"{self.within}_id").expression
        return found

    @property
    def position(self) -> ColumnElement[Any]:
        """The position there."""
        found: ColumnElement[Any] = self.model.position.expression
        return found


OF_POST = Place("post_id", "thread", Post, "posts.jsonl")
OF_MESSAGE = Place("message_id", "conversation", ConversationMessage, "conversation_messages.jsonl")


class MemberName(Text, Reference):
    """A member, by name."""

    model, key = Member, "username"


class BoardTitle(Text, Reference):
    """A board, by title: titles are unique."""

    model, key = Board, "title"


class GroupTitle(Text, Reference):
    """A group, by title: titles are unique."""

    model, key = Group, "title"


class ReactionKindKey(Text, Reference):
    """A reaction kind, by key."""

    model, key = ReactionKind, "key"


class NoticeNumber(fields.Integer, Reference):
    """A notice, by id."""

    model, key = Notice, "id"


def integer_field(**options: Any) -> fields.Integer:
    """An integer from `least` (default 0) to the maximum of a column."""
    return fields.Integer(strict=True, validate=validate.Range(options.pop("least", 0), MAX_ID), **options)


class ThreadNumber(fields.Integer, Reference):
    """A thread, by id: thread titles are not unique."""

    model, key = Thread, "id"


class ConversationNumber(fields.Integer, Reference):
    """A conversation, by id: titles are not unique."""

    model, key = Conversation, "id"


def boolean_field() -> fields.Boolean:
    """A boolean, false if missing."""
    return fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class DecisionNumber(fields.Integer, Reference):
    """A decision of staff, by id."""

    model, key = Decision, "id"


class PostNumber(fields.Integer, Reference):
    """A post, by id, also if it has no position."""

    model, key = Post, "id"


def optional_text(column: InstrumentedAttribute[Any] | None = None) -> Text:
    """Text that may be left out."""
    return Text(column, load_default="")


def optional_moment() -> Moment:
    """A timestamp that may be left out."""
    return Moment(load_default=None, allow_none=True)


def optional_member() -> MemberName:
    """A member by name, or null."""
    return MemberName(load_default=None, allow_none=True)


def approval_field() -> CleanText:
    """What waits for approval in a board."""
    return CleanText(load_default="", validate=validate.OneOf([each.value for each in BoardApproval]))


UNAPPROVED = {"held": Visibility.HELD, "rejected": Visibility.REJECTED}


def unapproved_field() -> CleanText:
    """The visibility of a thread or post that is held or rejected; the others have none."""
    return CleanText(load_default=None, allow_none=True, validate=validate.OneOf(list(UNAPPROVED)))


class Line(Schema):
    """Base of all lines: unknown fields are rejected, and fields at their default are not written."""

    class Meta:
        unknown = RAISE

    @post_dump
    def _leave_out_defaults(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value != self.defaults.get(name, ...)}

    @property
    def defaults(self) -> dict[str, Any]:
        """The values of missing fields."""
        if not hasattr(self, "_defaults"):
            offered = {name: field.load_default for name, field in self.fields.items() if not field.required}
            self._defaults = {name: value() if callable(value) else value for name, value in offered.items()}
        return self._defaults
