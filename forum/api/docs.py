"""The API's documentation: an OpenAPI document and an HTML page."""

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, jsonify, render_template

from forum.api.blueprint import PREFIX
from forum.api.document import openapi_document
from forum.api.problems import titles

blueprint = Blueprint("api_docs", __name__)


@dataclass(frozen=True)
class Field:
    """A parameter of an operation or a property of an object."""

    name: str
    kind: str
    is_required: bool
    description: str
    place: str = ""


@dataclass(frozen=True)
class Operation:
    """A method of a path."""

    id: str
    method: str
    path: str
    summary: str
    needs_login: bool
    takes: list[Field] = field(default_factory=list)
    gives: str = ""
    status: str = ""


@blueprint.get(f"{PREFIX}/openapi.json")
def document() -> Response:
    """Return the OpenAPI document."""
    return jsonify(openapi_document())


@blueprint.get("/api/docs")
def page() -> str:
    """Show the OpenAPI document as a page."""
    document = openapi_document()
    operations = _operations(document)
    groups = [(tag, [pair for pair in operations if pair[0] == tag["name"]]) for tag in document["tags"]]
    shapes = {
        name: _properties(schema)
        for name, schema in sorted(document["components"]["schemas"].items())
        if not name.endswith("In")
    }
    return render_template("api/docs.html", info=document["info"], groups=groups, shapes=shapes, problems=titles())


def _operations(document: dict[str, Any]) -> list[tuple[str, Operation]]:
    return [
        (operation["tags"][0], _operation(document, method, path, operation))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    ]


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Operation:
    parameters = [
        Field(
            parameter["name"],
            _kind(parameter["schema"]),
            parameter.get("required", False),
            parameter.get("description", ""),
            parameter["in"],
        )
        for parameter in operation.get("parameters", [])
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    body_fields = _properties(document["components"]["schemas"][_name(body)]) if body else []
    status, answer = next((code, response) for code, response in operation["responses"].items() if code.startswith("2"))
    answer_schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return Operation(
        operation["operationId"],
        method.upper(),
        path,
        operation["summary"],
        {} not in operation["security"],
        parameters + body_fields,
        _name(answer_schema) if answer_schema else "",
        status,
    )


def _properties(schema: dict[str, Any]) -> list[Field]:
    required = schema.get("required", [])
    return [
        Field(name, _kind(property_schema), name in required, property_schema.get("description", ""), "body")
        for name, property_schema in schema.get("properties", {}).items()
    ]


def _name(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _kind(schema: dict[str, Any]) -> str:
    """The type of a value in a few words."""
    if "$ref" in schema:
        return _name(schema)
    if "anyOf" in schema or "allOf" in schema:
        return " | ".join(_kind(part) for part in schema.get("anyOf") or schema["allOf"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{_kind(schema['items'])}]"
    return " | ".join(kind) if isinstance(kind, list) else str(schema.get("format") or kind)
