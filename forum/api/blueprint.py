"""The API's blueprint: its routes check the caller, parse, serialize and describe themselves."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request
from marshmallow import EXCLUDE, Schema

from forum.api import rate_headers, scopes
from forum.api.etags import only_if_match
from forum.api.idempotency import HEADER, KEY_PATTERN, MAX_KEY_LENGTH, idempotent
from forum.api.request_parsing import body_by, query_by
from forum.auth import identity
from forum.body_limits import takes_text
from forum.schemas.writing import PostIn

PREFIX = "/api/v1"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
BY_TOKEN: dict[str, list[str]] = {"token": []}
BY_LOGIN: dict[str, list[str]] = {"login": []}
BY_LOGIN_WITH_CSRF: dict[str, list[str]] = {"login": [], "form": []}
IDEMPOTENCY_KEY_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": KEY_PATTERN},
    "description": "A unique key chosen by the client: repeating it within a day returns the first response.",
}
HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
View = TypeVar("View", bound=Callable[..., Any])
Endpoint = Callable[..., Response]


def check_caller() -> None:
    """Count the request, require a login for writes, and check the token's scope."""
    rate_headers.count_request()
    if request.method in SAFE_METHODS:
        scopes.require_scopes("read")
        return
    identity.member()
    scopes.require_scopes("write")


class ApiBlueprint(Blueprint):
    """A group of API routes, and their operations of the OpenAPI document."""

    def __init__(self, name: str, description: str) -> None:
        super().__init__(f"api_{name}", __name__, url_prefix=PREFIX)
        self.tag, self.description = name, description
        self.operations: list[tuple[str, str, dict[str, Any]]] = []  # route, method, what apispec reads
        self.readings: dict[str, Endpoint] = {}
        self.before_request(check_caller)

    def reads(
        self, rule: str, answer: type[Schema], *, query: type[Schema] | None = None, login: bool = False
    ) -> Callable[[View], View]:
        """Register a GET; the view gets the query as its positional argument. With `login` it is for members only."""
        headers = ("ETag", *HEADERS, *(["Link"] if "page" in answer().fields else []))
        described: dict[str, Any] = {
            "security": [BY_TOKEN, BY_LOGIN] if login else [{}, BY_TOKEN, BY_LOGIN],
            "responses": _refusals(304, 401, 404, 429, *([422] if query else [])) | _success(200, answer, headers),
        }
        if query is not None:
            described["parameters"] = [{"in": "query", "schema": query}]

        def decorate(view: View) -> View:
            endpoint = _serialized(view, answer(), 200)
            if query is not None:
                endpoint = _with_argument(endpoint, query(), query_by)
            self.readings[rule] = endpoint
            self._add(rule, "GET", endpoint, described)
            return view

        return decorate

    def writes(
        self,
        method: str,
        rule: str,
        answer: type[Schema] | None = None,
        *,
        body: type[Schema] | None = None,
        status: int,
        later: type[Schema] | None = None,
    ) -> Callable[[View], View]:
        """Register a write; a POST honours the Idempotency-Key. With `later` the view itself may answer, with 202."""
        refusals = _refusals(401, 403, 404, 412, 429, *((400, 409, 415, 422) if body else ()))
        described = _write(refusals | _success(status, answer, HEADERS), later)

        def decorate(view: View) -> View:
            endpoint = _serialized(only_if_match(view, self.readings, rule), answer() if answer else None, status)
            if method == "POST":
                endpoint = idempotent(endpoint)
                described["parameters"] = [IDEMPOTENCY_KEY_PARAMETER]
            if body is not None:
                schema = body(unknown=EXCLUDE)
                endpoint = _with_argument(endpoint, schema, body_by)
                described["requestBody"] = {"required": method != "DELETE", "content": _json(schema)}
                if issubclass(body, PostIn):
                    takes_text(endpoint)
            # Guests skip the CSRF check: they have no login to abuse, and check_caller() gives them an API error.
            self._add(rule, method, identity.open_to_guests(endpoint), described)
            return view

        return decorate

    def _add(self, rule: str, method: str, endpoint: Endpoint, described: dict[str, Any]) -> None:
        name = endpoint.__name__
        self.add_url_rule(rule, name, endpoint, methods=[method])
        named = {"operationId": f"{self.tag}_{name}", "summary": endpoint.__doc__, "tags": [self.tag]}
        self.operations.append((f"{PREFIX}{rule}", method.lower(), named | described))


def _with_argument(view: Endpoint, schema: Schema, read: Callable[..., dict[str, Any]]) -> Endpoint:
    """Pass what `read` loads from the request as the positional argument."""

    @wraps(view)
    def wrapper(**path: Any) -> Response:
        return view(read(schema, request), **path)

    return wrapper


def _serialized(view: Callable[..., Any], schema: Schema | None, status: int) -> Endpoint:
    """Turn what a view returns into JSON: a body, a body and headers, or a response, which stays as it is."""

    @wraps(view)
    def wrapper(*args: Any, **path: Any) -> Response:
        result = view(*args, **path)
        if schema is None or isinstance(result, Response):
            return result  # type: ignore[no-any-return]
        body, headers = result if isinstance(result, tuple) else (result, {})
        response = jsonify(schema.dump(body))
        response.status_code = status
        response.headers.update(headers)
        return response

    return wrapper


def _write(responses: dict[str, Any], later: type[Schema] | None) -> dict[str, Any]:
    accepted = _success(202, later, HEADERS) if later else {}
    return {"security": [BY_TOKEN, BY_LOGIN_WITH_CSRF], "responses": responses | accepted}


def _json(schema: type[Schema] | Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _success(status: int, answer: type[Schema] | None, headers: tuple[str, ...]) -> dict[str, Any]:
    described = {"description": HTTPStatus(status).phrase, "headers": {name: name.upper() for name in headers}}
    return {str(status): described | ({"content": _json(answer)} if answer else {})}


def _refusals(*statuses: int) -> dict[str, Any]:
    return {str(status): HTTPStatus(status).name for status in statuses} | {"default": "DEFAULT_ERROR"}
