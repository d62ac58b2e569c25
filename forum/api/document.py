"""The API's OpenAPI 3.1 document, generated from the routes and schemas."""

import re
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import current_app
from marshmallow import Schema, fields

from forum.api.blueprint import ApiBlueprint
from forum.api.problems import PROBLEM_MIME_TYPE
from forum.schemas.problem import ProblemOut
from forum.schemas.shapes import MAX_ID
from forum.site.queries import snapshot

EXTENSION = "forum.openapi"
VERSION = "1.0.0"
IN_RULE = re.compile(r"<(id:)?(\w+)>")
NAME = {"type": "string", "minLength": 1}
ID = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
INTRODUCTION = """\
Everything that the forum's pages show and accept, as JSON. What a caller may not see is reported as not found (404).
Each object has a `can` field: the actions that the caller may perform on it.

Authenticate with a token (`Authorization: Bearer …`), created in your account or by `forum token`. Scopes: `read`;
`write` for every method but GET; `moderate` in addition for other members' posts and for locked threads; `admin` for
settings, groups and access lists, and to change boards. A browser's login works too: its writes send the page's CSRF
token in `X-CSRFToken`. Pages of other sites cannot use the API.

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
        described = super().field2default(field, **kwargs)
        return {} if described.get("default", field) is None and not field.allow_none else described


class Plugin(MarshmallowPlugin):
    """Reads schemas with our converter."""

    Converter = Converter


def describe(blueprints: list[ApiBlueprint]) -> dict[str, Any]:
    """The document of all routes."""
    plugin = Plugin(schema_name_resolver=_name_of)
    info = {"description": INTRODUCTION}
    spec = APISpec("Forum API", VERSION, "3.1.0", [plugin], info=info, servers=[{"url": "/"}])
    for name, scheme in SCHEMES.items():
        spec.components.security_scheme(name, scheme)
    for name, (description, schema) in HEADERS.items():
        spec.components.header(name, {"description": description, "schema": schema})
    for name, response in _responses().items():
        spec.components.response(name, response, lazy=True)
    for blueprint in blueprints:
        spec.tag({"name": blueprint.tag, "description": blueprint.description})
        for rule, method, operation in blueprint.operations:
            named = [
                {"in": "path", "name": name, "required": True, "schema": ID if is_id else NAME}
                for is_id, name in IN_RULE.findall(rule)
            ]
            spec.path(IN_RULE.sub(r"{\2}", rule), operations={method: operation}, parameters=named)
    return spec.to_dict()


def _responses() -> dict[str, dict[str, Any]]:
    """The responses of all routes by name; every error is a problem document."""
    content = {"content": {PROBLEM_MIME_TYPE: {"schema": ProblemOut}}}
    named = {status.name: {"description": status.phrase} | (content if status >= 400 else {}) for status in HTTPStatus}
    return named | {"DEFAULT_ERROR": {"description": "An error."} | content}


def _name_of(schema: type[Schema] | Schema) -> str:
    schema_class = schema if isinstance(schema, type) else type(schema)
    return schema_class.__name__.removesuffix("Out")


def openapi_document() -> dict[str, Any]:
    """The current document; reaction kinds are database rows that the operator can change."""
    document: dict[str, Any] = current_app.extensions[EXTENSION]()
    kind = document["components"]["schemas"]["ReactionIn"]["properties"]["kind"]
    kinds = {**kind, "enum": [row.key for row in snapshot().reaction_kinds]}
    schemas = document["components"]["schemas"]
    reaction = {**schemas["ReactionIn"], "properties": {**schemas["ReactionIn"]["properties"], "kind": kinds}}
    components = {**document["components"], "schemas": {**schemas, "ReactionIn": reaction}}
    return {**document, "components": components}
