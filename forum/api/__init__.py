"""The door for programs."""

from types import ModuleType

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from forum.api import boards, docs, members, posts, response_headers, search, threads
from forum.api.document import Document
from forum.api.problems import error_response
from forum.schemas.shapes import MAX_ID

__all__ = ["error_response", "register"]

RESOURCES: tuple[ModuleType, ...] = (boards, threads, posts, members, search)


class _Id(IntegerConverter):
    """A thing's number; what no database could hold is read as 0, which is nothing's.

    To refuse it here instead would make Werkzeug say that the address does not take the method.
    """

    regex = r"[0-9]+"

    def __init__(self, map: Map) -> None:  # noqa: A002 - Werkzeug's name
        super().__init__(map, min=1, max=MAX_ID)

    def to_python(self, value: str) -> int:
        """The number, or 0."""
        number = int(value) if len(value) <= len(str(MAX_ID)) else 0
        return number if number <= MAX_ID else 0


def register(app: Flask) -> None:
    """Register every address."""
    app.url_map.converters["id"] = _Id
    document = Document(app)
    for module in RESOURCES:
        document.add(module.blueprint)
    app.register_blueprint(docs.blueprint)
    response_headers.register(app)
