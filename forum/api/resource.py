"""The API's blueprint: its routes check the caller, parse, serialize and document themselves."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flask import request
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema

from forum.api import rate_headers, scopes
from forum.api.etags import only_if_match
from forum.api.idempotency import HEADER, KEY_PATTERN, MAX_KEY_LENGTH, idempotent
from forum.api.request_parsing import Parser
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


def check_caller() -> None:
    """Count the request, require a login for writes, and check the token's scope."""
    rate_headers.count_request()
    if request.method in SAFE_METHODS:
        scopes.require_scopes("read")
        return
    identity.member()
    scopes.require_scopes("write")


class ApiBlueprint(Blueprint):  # type: ignore[misc]  # Flask-Smorest has no types
    """A group of API routes."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(f"api_{name}", __name__, url_prefix=PREFIX, description=description)
        self.tag = name
        self.readings: dict[str, Callable[..., Any]] = {}
        self.before_request(check_caller)

    def reads(
        self, rule: str, answer: type[Schema], *, query: type[Schema] | None = None, login: bool = False
    ) -> Callable[[View], View]:
        """Register a GET; the view gets the query as its positional argument. With `login` it is for members only."""
        by_whom = [BY_TOKEN, BY_LOGIN] if login else [{}, BY_TOKEN, BY_LOGIN]
        described = _described(by_whom, (304, 401, 404, 429, *([422] if query else [])))
        headers = ("ETag", *HEADERS, *(["Link"] if "page" in answer().fields else []))

        def decorate(view: View) -> View:
            endpoint = self.response(200, answer, headers=_header_components(headers))(view)
            if query is not None:
                endpoint = self.arguments(query, location="query")(endpoint)
            self.readings[rule] = endpoint
            self._add_route(rule, "GET", view, self.doc(**described)(endpoint))
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
    ) -> Callable[[View], View]:
        """Register a write; the view gets the body as its positional argument. A POST honours the Idempotency-Key."""
        described = _described(
            [BY_TOKEN, BY_LOGIN_WITH_CSRF], (401, 403, 404, 412, 429, *((400, 409, 415, 422) if body else ()))
        )
        described |= {"parameters": [IDEMPOTENCY_KEY_PARAMETER]} if method == "POST" else {}

        def decorate(view: View) -> View:
            endpoint = only_if_match(view, self.readings, rule)
            endpoint = self.response(status, answer, headers=_header_components(HEADERS))(endpoint)
            if method == "POST":
                endpoint = idempotent(endpoint)
            if body is not None and issubclass(body, PostIn):
                takes_text(endpoint)
            if body is not None:
                endpoint = self.arguments(body(unknown=EXCLUDE), required=method != "DELETE")(endpoint)
            # Guests skip the CSRF check: they have no login to abuse, and check_caller() gives them an API error.
            identity.open_to_guests(endpoint)
            self._add_route(rule, method, view, self.doc(**described)(endpoint))
            return view

        return decorate

    def _add_route(self, rule: str, method: str, view: Callable[..., Any], endpoint: Callable[..., Any]) -> None:
        documented = self.doc(operationId=f"{self.tag}_{view.__name__}")(endpoint)
        self.route(rule, methods=[method], tags=[self.tag])(documented)


def _header_components(headers: tuple[str, ...]) -> dict[str, str]:
    return {name: name.upper() for name in headers}


def _described(security: list[Any], refusals: tuple[int, ...]) -> dict[str, Any]:
    responses: dict[int | str, str] = {status: HTTPStatus(status).name for status in refusals}
    return {"security": security, "responses": responses | {"default": "DEFAULT_ERROR"}}
