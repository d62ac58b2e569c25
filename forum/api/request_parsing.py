"""Parsing of API requests: JSON bodies and query strings, neither with duplicate names."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from flask import Request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from forum.api.problems import Malformed, NotJson
from forum.body_limits import MAX_JSON_COMMAS
from forum.infra.errors import Invalid, MessageText
from forum.infra.text.messages import Message, say

_OVERALL = say("Some fields are invalid. See errors.")


def body_by(schema: Schema, request: Request) -> dict[str, Any]:
    """The JSON body, loaded by a schema; optional for a DELETE. Raises NotJson, Malformed or Invalid."""
    return _load(schema, {} if request.method == "DELETE" and not request.get_data() else body_of(request))


def query_by(schema: Schema, request: Request) -> dict[str, Any]:
    """The query string's known fields, loaded by a schema. Raises Invalid, also if one is repeated."""
    given = {name: request.args.getlist(name) for name in schema.fields if name in request.args}
    twice = {name: [say("Send this only once.")] for name, values in given.items() if len(values) > 1}
    if twice:
        raise Invalid(twice)
    return _load(schema, {name: values[0] for name, values in given.items()})


def _load(schema: Schema, given: Any) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(given)
    except ValidationError as error:
        faults = {name: items for field, given in error.messages_dict.items() for name, items in _faults(field, given)}
        raise Invalid(faults, _OVERALL) from error
    return loaded


def _faults(name: object, items: object) -> Iterator[tuple[str, list[MessageText]]]:
    """The messages by field; the level of the first entry is `entries.0.level`."""
    if isinstance(items, dict):
        for inner, told in items.items():
            yield from _faults(f"{name}.{inner}", told)
    else:
        messages = items if isinstance(items, list) else [items]
        yield str(name), [item if isinstance(item, Message) else str(item) for item in messages]


def body_of(request: Request) -> object:
    """The parsed JSON body. Raises NotJson or Malformed."""
    if request.mimetype != "application/json":
        raise NotJson
    body = request.get_data()
    if body.count(b",") > MAX_JSON_COMMAS:
        raise RequestEntityTooLarge
    try:
        data: object = json.loads(body.decode(), object_pairs_hook=_each_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    return data


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate name")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not valid JSON")
