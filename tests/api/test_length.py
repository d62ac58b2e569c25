"""The maximum lengths in the API document apply to texts as sent, before any characters are dropped."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.conftest import MakeProgram, Program
from tests.factories import a_board, a_member, a_thread

Writing = Callable[[], AbstractContextManager[None]]
DROPPED = "\x01"  # not allowed in stored text


@pytest.fixture
def anna(writing: Writing, program: MakeProgram) -> Program:
    """A client that acts for anna, in a forum with one thread by her."""
    with writing():
        a_thread(by=a_member("anna"), board=a_board("Space"))
    return program("anna")


@pytest.mark.parametrize(
    ("method", "path", "field", "most"),
    [
        ("POST", "/boards/1/threads", "title", 150),
        ("PATCH", "/threads/1", "title", 150),
        ("POST", "/boards/1/threads", "body", 50_000),
        ("POST", "/threads/1/posts", "body", 50_000),
        ("PATCH", "/posts/1", "body", 50_000),
        ("POST", "/preview", "body", 50_000),
    ],
)
def test_dropped_characters_count_towards_the_length(
    anna: Program, method: str, path: str, field: str, most: int
) -> None:
    rest = {"title": "A title", "body": "A body"}
    for text in ("x" * (most + 1), "x" * most + DROPPED, "words" + DROPPED * (most - 4)):
        refused = anna.send(method, path, rest | {field: text}, status=422)
        assert refused["errors"] == {field: [f"Use at most {most} characters."]}
    assert anna.ask(method, path, rest | {field: "words" + DROPPED * (most - 5)}).status_code in {200, 201}


def test_dropped_characters_count_in_a_query_too(anna: Program) -> None:
    assert anna.ask("GET", f"/search?q=x&author={quote('x' * 199 + DROPPED * 2)}").status_code == 422
    assert anna.ask("GET", f"/search?q={quote(DROPPED)}").status_code == 200
    assert anna.ask("GET", "/search?q=").status_code == 422


def texts_in(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every text that the API accepts in a query or a body according to the document, with its name."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                for given in operation.get("parameters", []):
                    yield f"{method} {path} {given['name']}", given["schema"]
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("In"):
            for field, kind in schema["properties"].items():
                yield f"{name}.{field}", kind


def test_every_accepted_text_has_a_maximum_in_the_document(guest: Program) -> None:
    texts = [(name, kind) for name, kind in texts_in(guest.get("/openapi.json")) if kind.get("type") == "string"]
    assert len(texts) >= 12
    for name, kind in texts:
        assert {"maxLength", "enum"} & set(kind) or kind.get("format") == "date", name
