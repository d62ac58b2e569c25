"""Form handling: submitted values, validation errors, and showing a refused form again with both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, g, make_response, request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import HTTPException

from forum.infra.database.db import session
from forum.infra.errors import ForumError, Invalid, MessageText, NotLoggedIn, TwoFactorRequired
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.schemas.shapes import as_form

SECRET_FIELDS = ("password", "csrf_token", "code", "token")
MAX_HIDDEN_FIELD_LENGTH = 100  # characters of a field that our pages fill in themselves
View = TypeVar("View", bound=Callable[..., Any])


@dataclass
class Form:
    """The submitted values of a form, and the error messages of each field."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    message: str = ""
    status: int = 0
    slug: str = ""

    def value(self, name: str, default: object = "") -> str:
        """The submitted value of a field, or its default if nothing was submitted."""
        return self.values.get(name, str(default) if default is not None else "")

    def errors_of(self, name: str) -> list[str]:
        """The error messages of a field."""
        return self.errors.get(name, [])

    @property
    def is_sent(self) -> bool:
        """Whether the form was submitted before."""
        return bool(self.values or self.errors or self.message)


def current_form(**defaults: object) -> Form:
    """The form refused in this request, or a new one with defaults; True stands for a ticked checkbox."""
    refused: Form | None = g.get("form")
    return refused or Form(_as_submitted(defaults))


def shared_form(**defaults: object) -> Form:
    """Like `current_form`, for a page with several forms: fields of those that were not submitted have their defaults.

    A checkbox that was not ticked was not submitted either, so it belongs on the page of a single form.
    """
    form = current_form(**defaults)
    return replace(form, values={**_as_submitted(defaults), **form.values})


def _as_submitted(values: Mapping[str, object]) -> dict[str, str]:
    return {
        name: "yes" if value is True else str(value)
        for name, value in values.items()
        if value is not None and value is not False
    }


def seen_values(form: Form, stored: str, *, field: str = "seen") -> str:
    """The fingerprint for a form's hidden field `seen`: of the values with which it was first filled.

    After a conflict, whose messages show what is stored now, it is the fingerprint of the stored values.
    """
    return form.value(field, stored) if form.is_sent and form.slug != "conflict" else stored


def submitted_values() -> dict[str, str]:
    """The submitted values without passwords and tokens; empty if the form was too large."""
    try:
        return {name: _value_of(name) for name in request.form if not name.startswith(SECRET_FIELDS)}
    except HTTPException:
        return {}


def _value_of(name: str) -> str:
    """The value of a submitted field; of ticked boxes after an empty field of their name, all by spaces."""
    first, *others = request.form.getlist(name)
    return " ".join(others) if others and not first else first


def hidden_field(name: str, *, most: int = MAX_HIDDEN_FIELD_LENGTH) -> str:
    """A field that the page fills in, not a person; empty if it is longer than `most` characters."""
    value = request.form.get(name, "")
    return value if len(value) <= most else ""


def ticked_ids(kind: str) -> list[int]:
    """The ids of the ticked boxes of a kind, which are named such as `board_7`."""
    names = (name.partition("_") for name in request.form)
    return [int(number) for found, _, number in names if found == kind and number.isdecimal() and len(number) < 10]


def ticked_values(name: str, *, most: int = MAX_HIDDEN_FIELD_LENGTH) -> list[str]:
    """The values of the ticked boxes of a name; those longer than `most` characters are left out."""
    return [value for value in request.form.getlist(name) if len(value) <= most]


def request_value(name: str, *, most: int = MAX_HIDDEN_FIELD_LENGTH) -> str:
    """Like `hidden_field`, but read from the query string too."""
    value = request.values.get(name, "")
    return value if len(value) <= most else ""


def rerenders_on_error(page: Callable[..., Any]) -> Callable[[View], View]:
    """Show `page` again with the submitted values if the view raises ForumError; `page` takes the view's arguments."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            try:
                return view(*args, **kwargs)
            except (NotLoggedIn, TwoFactorRequired):
                raise
            except ForumError as error:
                session.rollback()
                return _show_again(error, page, kwargs)

        return cast("View", wrapper)

    return decorate


def _show_again(error: ForumError, page: Callable[..., Any], address: dict[str, Any]) -> Response:
    messages_by_field = translated_faults(error) if isinstance(error, Invalid) else {}
    g.form = Form(submitted_values(), messages_by_field, translate(error.message), error.status, error.slug)
    response = make_response(page(**address))
    response.status_code = error.status
    if hasattr(error, "retry_after"):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def translated_faults(error: Invalid) -> dict[str, list[str]]:
    """The messages of each field, as a form shows them."""
    return {name: [translate(item) for item in items] for name, items in error.fields.items()}


def uploaded_file(name: str, *, most: int) -> bytes:
    """The content of an uploaded file. Raises Invalid if none was chosen, or if it has more than `most` bytes."""
    file = request.files.get(name)
    content = file.stream.read(most + 1) if file else b""
    if not content:
        raise Invalid({name: [say("Choose a file.")]})
    if len(content) > most:
        raise Invalid({name: [say("Choose a file of at most %(num)d kB.", num=most // 1000)]})
    return content


def load_form(schema: type[Schema]) -> dict[str, Any]:
    """The form's fields, validated by a schema. Raises Invalid with messages for each field."""
    return load_values(schema, {name: _value_of(name) for name in request.form})


def load_values(schema: type[Schema], given: Mapping[str, str]) -> dict[str, Any]:
    """Like load_form(), for values as a form or a query sends them."""
    shape = as_form(schema)
    try:
        return cast("dict[str, Any]", shape.load({name: given[name] for name in shape.fields if name in given}))
    except ValidationError as error:
        raise Invalid(flatten_messages(cast("dict[str, Any]", error.messages))) from error


def flatten_messages(messages: Mapping[str, Any]) -> dict[str, list[MessageText]]:
    """A schema's messages by field name; nested names are joined with dots."""
    result: dict[str, list[MessageText]] = {}
    for name, faults in messages.items():
        if isinstance(faults, Mapping):
            result |= {
                f"{name}.{inner}": items
                for inner, items in flatten_messages({str(k): v for k, v in faults.items()}).items()
            }
        else:
            result[str(name)] = [item if isinstance(item, Message) else str(item) for item in faults]
    return result
