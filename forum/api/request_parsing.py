"""Parsing of API requests: JSON bodies and query strings, neither with duplicate names."""

import json
from typing import Any, NoReturn

from flask import Request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge

from forum.api.problems import Malformed, NotJson
from forum.body_limits import MAX_JSON_COMMAS
from forum.infra.errors import Invalid, MessageText
from forum.infra.messages import Message, say


class Parser(FlaskParser):
    """Reads arguments by a schema and raises the forum's own errors."""

    def load_json(self, req: Request, schema: Schema) -> object:
        """The JSON body; optional for a DELETE."""
        return {} if req.method == "DELETE" and not req.get_data() else body_of(req)

    def load_querystring(self, req: Request, schema: Schema) -> dict[str, str]:
        """The query string's known fields. Raises Invalid if one is repeated."""
        given = {name: req.args.getlist(name) for name in schema.fields if name in req.args}
        twice = {name: [say("Send this only once.")] for name, values in given.items() if len(values) > 1}
        if twice:
            raise Invalid(twice)
        return {name: values[0] for name, values in given.items()}

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> NoReturn:
        """Raise Invalid with the messages of each field."""
        found = next(iter(error.messages_dict.values()))
        by_name = found if isinstance(found, dict) else {"_schema": found}
        raise Invalid({str(name): _messages(items) for name, items in by_name.items()}, _OVERALL) from error


_OVERALL = say("Some fields are invalid. See errors.")


def _messages(items: object) -> list[MessageText]:
    found = items if isinstance(items, list) else [items]
    return [item if isinstance(item, Message) else str(item) for item in found]


def body_of(request: Request) -> object:
    """The parsed JSON body. Raises NotJson or Malformed."""
    if request.mimetype != "application/json":
        raise NotJson
    body = request.get_data()
    if body.count(b",") > MAX_JSON_COMMAS:
        raise RequestEntityTooLarge
    try:
        found: object = json.loads(body.decode(), object_pairs_hook=_each_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    return found


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate name")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not valid JSON")
