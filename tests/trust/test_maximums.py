"""Every field has a maximum length, and the largest allowed body is cheap to process whatever it contains."""

import importlib
import pkgutil
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from marshmallow import Schema, fields, validate
from werkzeug.test import EnvironBuilder, TestResponse
from werkzeug.wrappers import Request

from forum import schemas
from forum.body_limits import GUEST, MAX_FORM_FIELDS, MAX_JSON_COMMAS, TEXT
from forum.form_request import FormRequest
from forum.schemas.shapes import Between
from forum.web.forms import MAX_HIDDEN_FIELD_LENGTH, hidden_field, request_value
from tests.conftest import log_in, token_in
from tests.parts import examples
from tests.trust.crawl import a_scene

FORM = "application/x-www-form-urlencoded"
MOST_CPU = 0.06  # seconds: three times the bar, because the test machine is shared


def incoming() -> Iterator[type[Schema]]:
    """Every schema for form, query or JSON input."""
    for module in pkgutil.walk_packages(schemas.__path__, "forum.schemas."):
        if "archive" not in module.name:
            found = vars(importlib.import_module(module.name)).values()
            yield from {each for each in found if isinstance(each, type) and each.__name__.endswith("In")}


def is_bounded(field: fields.Field[object]) -> bool:
    """Whether a field has a maximum."""
    limits: dict[type, str] = {
        validate.Length: "max",
        validate.Range: "max",
        Between: "max",
        validate.OneOf: "choices",
        validate.Equal: "comparable",
    }
    named = any(getattr(each, limits.get(type(each), "-"), None) is not None for each in field.validators)
    return named or getattr(field, "most", None) is not None or isinstance(field, fields.Boolean | fields.Date)


def test_every_field_of_every_form_query_and_json_body_has_a_maximum() -> None:
    found = set(incoming())
    assert len(found) > 20
    unbounded = [
        f"{shape.__name__}.{name}"
        for shape in found
        for name, field in shape(unknown="exclude").fields.items()
        if not is_bounded(field)
    ]
    assert unbounded == []


@pytest.mark.parametrize(
    ("path", "name"),
    [("/login", "username"), ("/login", "password"), ("/reset", "username"), ("/register", "email")],
)
def test_a_guests_field_that_is_too_long_gets_an_error_at_the_field(client: FlaskClient, path: str, name: str) -> None:
    page = client.get(path).text
    whole = {"username": "somebody", "email": "a@example.org", "password": "nine purple crocodiles"}
    answer = client.post(path, data=whole | {name: "ﷺ" * 3000, "csrf_token": token_in(page)})
    assert answer.status_code == 422
    assert "Use at most" in answer.text


def test_hidden_fields_filled_in_by_pages_are_ignored_if_too_long(app: Flask) -> None:
    for size, kept in ((MAX_HIDDEN_FIELD_LENGTH, MAX_HIDDEN_FIELD_LENGTH), (MAX_HIDDEN_FIELD_LENGTH + 1, 0)):
        with app.test_request_context("/?way=" + "y" * size, method="POST", data={"submit_key": "x" * size}):
            assert (len(hidden_field("submit_key")), len(request_value("submit_key")), len(request_value("way"))) == (
                kept,
                kept,
                kept,
            )


class Sender:
    """Sends bodies and measures what a response costs."""

    def __init__(self, app: Flask, *, member: bool) -> None:
        self._client = app.test_client()
        if member:
            log_in(self._client, "anna")
        self._path = f"{'/threads/1-a-thread-to-read/reply' if member else '/login'}"
        page = self._client.get("/threads/1-a-thread-to-read" if member else "/login").text
        self._token, self._most = token_in(page), (TEXT if member else GUEST).most_bytes

    def form(self, filling: bytes, field: str = "body") -> TestResponse:
        """A form of the maximum size, whose last field is padded."""
        head = urlencode({"csrf_token": self._token, "password": "x"}).encode() + f"&{field}=".encode()
        body = (head + filling * (self._most // len(filling)))[: self._most // 12 * 12]
        return self._client.post(self._path, data=body, content_type=FORM)

    def json(self, head: bytes, filling: bytes, tail: bytes) -> TestResponse:
        """A JSON body of the maximum size."""
        body = head + filling * ((self._most - len(head) - len(tail)) // len(filling)) + tail
        kind = "application/json"
        token = {"X-CSRFToken": self._token}
        return self._client.post("/api/v1/preview", data=body, content_type=kind, headers=token)


def cpu(send: Callable[[], TestResponse]) -> tuple[float, int]:
    """The minimum CPU time of several tries, in seconds, and the status."""
    tries = []
    for _ in range(4):
        began = time.process_time()
        status = send().status_code
        tries.append(time.process_time() - began)
    return min(tries), status


@pytest.fixture
def scene(writing) -> object:  # type: ignore[no-untyped-def]
    with writing():
        return a_scene()


FILLINGS = [b"a&", b"x", b"%41", b"%20x", quote("ﷺ").encode(), quote("😀").encode(), b"%3E+", b"%zz", b"%", b"=", b"+"]


@pytest.mark.parametrize("member", [False, True], ids=["guest", "member"])
@pytest.mark.parametrize("filling", FILLINGS)
def test_the_largest_form_is_cheap(app: Flask, scene: object, filling: bytes, member: bool) -> None:
    sender = Sender(app, member=member)
    spent, status = cpu(lambda: sender.form(filling, "body" if member else "username"))
    assert 400 <= status < 500
    assert spent < MOST_CPU, spent


@pytest.mark.parametrize(
    "parts",
    [
        (b"", b"[", b""),
        (b'{"body":[', b"0,", b"0]}"),
        (b'{"body":[', b"{},", b"{}]}"),
        (b'{"body":"', b"x", b'"}'),
        (b'{"body":"', rb"\ud83d\ude00", b'"}'),
        (b'{"body":', b"[", b""),
        (b'{"', b'a":1,"', b'b":2}'),
    ],
)
def test_the_largest_json_is_cheap(app: Flask, scene: object, parts: tuple[bytes, bytes, bytes]) -> None:
    sender = Sender(app, member=True)
    spent, status = cpu(lambda: sender.json(*parts))
    assert 400 <= status < 500
    assert spent < MOST_CPU, spent


def test_the_number_of_form_fields_query_parameters_and_json_commas_is_limited(app: Flask, scene: object) -> None:
    client = app.test_client()
    log_in(client, "anna")
    token = token_in(client.get("/account").text)
    few = "&".join(f"f{number}=x" for number in range(MAX_FORM_FIELDS - 2))
    assert client.post("/logout", data=f"{few}&csrf_token={token}", content_type=FORM).status_code == 303
    assert client.post("/logout", data=f"{few}&a&b&c", content_type=FORM).status_code == 413
    assert client.get(f"/members?{few}").status_code == 200
    assert client.get(f"/members?{few}&a&b&c").status_code == 414
    assert client.get("/members?q=" + "x" * 9000).status_code == 414
    text = {"body": "," * 50_000}
    log_in(client, "anna")
    token = token_in(client.get("/account").text)
    assert client.post("/api/v1/preview", json=text, headers={"X-CSRFToken": token}).status_code == 200
    assert MAX_JSON_COMMAS > 50_000


def test_a_form_with_many_parts_is_refused(app: Flask, scene: object) -> None:
    client = app.test_client()
    log_in(client, "anna")
    data = {f"f{number}": "x" for number in range(MAX_FORM_FIELDS + 10)}
    answer = client.post("/admin/appearance/logo", data=data, content_type="multipart/form-data")
    assert answer.status_code == 413


@trying(max_examples=examples(300), deadline=None)
@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))), max_size=5))
def test_a_form_is_parsed_as_it_was_filled_in(typed: list[tuple[str, str]]) -> None:
    data = urlencode(typed).encode()
    assert sorted(form_of(FormRequest, data)) == sorted(typed)


@trying(max_examples=examples(300), deadline=None)
@given(st.text(st.sampled_from("ab%+&=;\\x41c3e9%zÿ\n \"'"), max_size=40))
def test_unusual_forms_are_parsed_as_the_framework_does(typed: str) -> None:
    data = typed.encode()
    theirs = [(name, value) for name, value in form_of(Request, data) if "%" not in name + value]
    ours = [(name, value) for name, value in form_of(FormRequest, data)]
    assert [pair for pair in theirs if pair not in ours] == []


def form_of(kind: type[Request], data: bytes) -> list[tuple[str, str]]:
    """The fields that a kind of request parses."""
    environ = EnvironBuilder(method="POST", data=data, content_type=FORM).get_environ()
    return list(kind(environ).form.items(multi=True))
