"""The API's OpenAPI 3.1 document, generated from the routes and schemas."""

from http import HTTPStatus
from typing import Any, cast

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask, current_app
from flask_smorest import Api
from marshmallow import Schema, fields

from forum.api.problems import PROBLEM_MIME_TYPE
from forum.api.resource import ApiBlueprint
from forum.schemas.problem import ProblemOut
from forum.site.queries import snapshot

VERSION = "1.0.0"
INTRODUCTION = """\
Everything that the forum's pages show and accept, as JSON. What a caller may not see is reported as not found (404).
Each object has a `can` field: the actions that the caller may perform on it.

Authenticate with a token (`Authorization: Bearer …`), created in your account or by `forum token`. Scopes: `read`;
`write` for every method but GET; `moderate` in addition for other members' posts and for locked threads. A browser's
login works too: its writes send the page's CSRF token in `X-CSRFToken`. Pages of other sites cannot use the API.

Lists have 20 items per page; `Link` points to the first, previous, next and last page. Times are UTC. A GET whose
`If-None-Match` contains the current `ETag` returns 304; a write whose `If-Match` does not contain it returns 412.
The `X-RateLimit-…` headers state how many requests remain for an address; beyond the limit the response is 429
with `Retry-After`. Unknown fields are ignored.\
"""
SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "An API token."},
    "login": {"type": "apiKey", "in": "cookie", "name": "forum_session", "description": "A browser's login."},
    "form": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRFToken",
        "description": "The CSRF token of the browser's login.",
    },
}
HEADERS = {
    "ETAG": ("Identifies this version of the response.", {"type": "string"}),
    "LINK": ("The list's other pages (RFC 8288).", {"type": "string"}),
    "X-RATELIMIT-LIMIT": ("Requests allowed per minute and address.", {"type": "integer"}),
    "X-RATELIMIT-REMAINING": ("Requests remaining.", {"type": "integer"}),
    "X-RATELIMIT-RESET": ("Seconds until the limit is fully reset.", {"type": "integer"}),
}


class Converter(OpenAPIConverter):
    """Describes fields; an optional field that does not allow null gets no default, since null would be invalid."""

    def field2default(self, field: fields.Field[Any], **kwargs: Any) -> dict[str, Any]:
        """The `default` of a field in the document."""
        found = super().field2default(field, **kwargs)
        return {} if found.get("default", field) is None and not field.allow_none else found


class Plugin(MarshmallowPlugin):
    """Reads schemas with our converter."""

    Converter = Converter


class Document(Api):  # type: ignore[misc]  # Flask-Smorest has no types
    """The OpenAPI document; errors are left to the application, which handles them all in one place."""

    ERROR_SCHEMA = ProblemOut

    def __init__(self, app: Flask) -> None:
        super().__init__(
            app,
            spec_kwargs={
                "title": "Forum API",
                "version": VERSION,
                "openapi_version": "3.1.0",
                "info": {"description": INTRODUCTION},
                "servers": [{"url": "/"}],
                "marshmallow_plugin": Plugin(schema_name_resolver=_name_of),
            },
        )
        for name, scheme in SCHEMES.items():
            self.spec.components.security_scheme(name, scheme)
        for name, (description, schema) in HEADERS.items():
            if name != "ETAG":  # Flask-Smorest adds its own
                self.spec.components.header(name, {"description": description, "schema": schema}, lazy=True)

    def add(self, blueprint: ApiBlueprint) -> None:
        """Register a blueprint's routes and describe them under its own name."""
        app = cast("Flask", self._app)
        app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        app.register_blueprint(blueprint)
        blueprint.register_views_in_doc(self, app, self.spec, name=blueprint.name, parameters=None)
        self.spec.tag({"name": blueprint.tag, "description": blueprint.description})

    def _register_error_handlers(self) -> None:
        """Leave errors to the application's handler."""

    def _register_pagination_header(self) -> None:
        """Do not describe Flask-Smorest's pagination header, which is not used."""

    def _register_responses(self) -> None:
        """Describe every error as a problem document."""
        content = {PROBLEM_MIME_TYPE: {"schema": ProblemOut}}
        for status in HTTPStatus:
            response: dict[str, Any] = {"description": status.phrase}
            self.spec.components.response(
                status.name, response | ({"content": content} if status >= 400 else {}), lazy=True
            )
        self.spec.components.response("DEFAULT_ERROR", {"description": "An error.", "content": content}, lazy=True)


def _name_of(schema: type[Schema] | Schema) -> str:
    found = schema if isinstance(schema, type) else type(schema)
    return found.__name__.removesuffix("Out")


def openapi_document() -> dict[str, Any]:
    """The current document; reaction kinds are database rows that the operator can change."""
    api: Document = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    document = cast("dict[str, Any]", api.spec.to_dict())
    kind = document["components"]["schemas"]["ReactionIn"]["properties"]["kind"]
    kinds = {**kind, "enum": [row.key for row in snapshot().reaction_kinds]}
    schemas = document["components"]["schemas"]
    reaction = {**schemas["ReactionIn"], "properties": {**schemas["ReactionIn"]["properties"], "kind": kinds}}
    components = {**document["components"], "schemas": {**schemas, "ReactionIn": reaction}}
    return {**document, "components": components}
