"""API errors: problem documents for any invalid input, rate limits, and no internals in error messages."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask

from forum.app import create_app
from forum.infra.database import db
from tests import databases
from tests.api.conftest import MakeProgram, Program
from tests.conftest import close, settings_on
from tests.factories import a_board, a_member, a_newcomer, a_thread

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def anna(writing: Writing, program: MakeProgram) -> Program:
    """A client that acts for anna, in a forum with one thread by her."""
    with writing():
        a_thread(by=a_member("anna"), board=a_board())
    return program("anna")


BODIES = {
    "nothing": (b"", 400),
    "half of it": (b'{"body": "x"', 400),
    "ten thousand lists": (b"[" * 10_000 + b"]" * 10_000, 400),
    "ten thousand objects": (b'{"body":' * 10_000 + b"1" + b"}" * 10_000, 400),
    "a name twice": (b'{"body": "one", "body": "two"}', 400),
    "not UTF-8": (b'{"body": "\xff\xfe"}', 400),
    "UTF-16": ('{"body": "x"}'.encode("utf-16"), 400),
    "a number without end": (b'{"body": ' + b"9" * 10_000 + b"}", 400),
    "not a number": (b'{"body": NaN}', 400),
    "half a character": (b'{"body": "\\ud800"}', 422),
    "a number": (b'{"body": 7}', 422),
    "a large number": (b'{"body": 1e308}', 422),
    "a list": (b'["body"]', 422),
    "a word": (b'"body"', 422),
    "null": (b"null", 422),
    "null inside": (b'{"body": null}', 422),
    "an object inside": (b'{"body": {"$ne": 1}}', 422),
    "only control marks": (b'{"body": "\\u0000\\u0001 "}', 422),
    "too much": (b'{"body": "' + b"x" * 60_000 + b'"}', 422),
    "far too much": (b'{"body": "' + b"x" * 3_000_000 + b'"}', 413),
}


@pytest.mark.parametrize("name", BODIES)
def test_an_invalid_body_is_a_problem(anna: Program, name: str) -> None:
    body, status = BODIES[name]
    for method, path in (("POST", "/threads/1/posts"), ("PATCH", "/posts/1"), ("POST", "/preview")):
        answer = anna.client.open(
            f"/api/v1{path}", method=method, data=body, content_type="application/json", headers=anna.headers
        )
        assert answer.status_code == status, answer.text
        assert answer.content_type == "application/problem+json"
        assert answer.json is not None
        assert answer.json["status"] == status
        assert {"type", "title", "detail"} < set(answer.json)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert anna.get("/threads/1")["reply_count"] == 0


def test_a_body_that_renders_to_nothing_is_refused_at_its_field(anna: Program) -> None:
    for method, path in (("POST", "/threads/1/posts"), ("PATCH", "/posts/1"), ("POST", "/preview")):
        refused = anna.send(method, path, {"body": "[a]: https://example.org/x"}, status=422)
        assert refused["errors"] == {"body": ["This post would be empty. Write some text."]}


def test_a_text_with_a_nul_is_stored_without_it(anna: Program) -> None:
    assert anna.send("POST", "/threads/1/posts", {"body": "a\0b"}, status=201)["body"] == "ab"
    assert anna.send("POST", "/threads/1/posts", {"body": "c\ufffe\ud800d\U0001ffff"}, status=201)["body"] == "cd"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", ""]
)
def test_other_content_types_than_json_are_refused(anna: Program, kind: str) -> None:
    answer = anna.client.post("/api/v1/threads/1/posts", data='{"body": "x"}', content_type=kind, headers=anna.headers)

    assert (answer.status_code, answer.content_type) == (415, "application/problem+json")


@pytest.mark.parametrize(
    "number", ["0", "-1", "x", "1.5", "2147483648", "9223372036854775808", "9" * 400, "%00", "1%27"]
)
def test_an_invalid_id_is_not_found(anna: Program, number: str) -> None:
    for path in ("boards/{}", "boards/{}/threads", "threads/{}", "threads/{}/posts", "posts/{}", "members/{}"):
        problem = anna.get("/" + path.format(number), status=404)
        assert problem["type"].endswith("/api/docs#not-found")
    anna.send("POST", f"/threads/{number}/posts", {"body": "Words."}, status=404)
    anna.send("PUT", f"/posts/{number}/reaction", {"kind": "like"}, status=404)


def test_the_largest_id_that_a_database_stores_is_not_found(anna: Program) -> None:
    anna.get("/threads/2147483647", status=404)
    anna.get("/threads?board=2147483647", status=404)


def test_an_unknown_url_or_method_is_a_problem(guest: Program) -> None:
    guest.get("/nothing", status=404)
    answer = guest.ask("POST", "/threads")
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    trace = guest.ask("TRACE", "/boards/1/threads")
    assert (trace.status_code, "POST" in trace.headers["Allow"]) == (405, True)
    moved = guest.ask("GET", "//threads")
    assert b"<" not in moved.data


@pytest.mark.parametrize(
    "text",
    [
        "'",
        '"',
        ";--",
        "%",
        "_",
        "\0",
        "\0a",
        "a\0",
        "*",
        '"a',
        "-",
        "(",
        "1e308",
        "NaN",
        "\U0010ffff",
        "x" * 500,
        "board:x",
    ],
)
def test_no_search_query_causes_a_server_error(guest: Program, text: str) -> None:
    for name in ("q", "author"):
        query = {"q": "words"} | {name: text[:100] if name == "author" else text}
        answer = guest.client.get("/api/v1/search", query_string=query)
        assert answer.status_code in {200, 422}, answer.text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2021-02-30", "yesterday", "\0"])
def test_extreme_dates_do_not_break_the_search(guest: Program, day: str) -> None:
    for name in ("after", "before"):
        answer = guest.client.get("/api/v1/search", query_string={"q": "words", name: day})
        assert answer.status_code == (200 if day[0] in "09" else 422), answer.text


def test_an_internal_error_reveals_no_internals(app: Flask, guest: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(_: object) -> None:
        raise RuntimeError("SELECT secret FROM /home/forum")

    monkeypatch.setitem(app.view_functions, "api_boards.show_all", lambda: break_down(1))
    answer = guest.ask("GET", "/boards")

    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert answer.headers["X-Request-Id"]


@pytest.fixture
def limited(tmp_path: Path, blank: Path) -> Flask:
    """A forum with rate limits on."""
    settings = settings_on(tmp_path / "limited", FORUM_LIMITS="on")
    settings.data.mkdir(parents=True)
    databases.copy_blank(blank, settings)
    return create_app(settings)


def test_rate_limit_headers_count_down_until_nothing_is_left(limited: Flask) -> None:
    guest = Program(limited.test_client())
    remaining = [int(guest.ask("GET", "/boards").headers["X-RateLimit-Remaining"]) for _ in range(3)]
    assert remaining == [199, 198, 197]
    for _ in range(197):
        last = guest.ask("GET", "/nothing" if _ % 2 else "/boards")
    refused = guest.ask("GET", "/boards")

    assert last.status_code in {200, 404}
    assert (refused.status_code, refused.content_type) == (429, "application/problem+json")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["X-RateLimit-Limit"] == "200"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    close(limited)


def test_the_api_obeys_the_posting_limits(limited: Flask) -> None:
    with limited.app_context(), db.transaction():
        a_thread(by=a_newcomer("carl"), board=a_board())
        from_carl = _token("carl")
    carl = Program(limited.test_client(), from_carl)
    answer = carl.ask("POST", "/threads/1/posts", {"body": "Too soon."})

    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 30
    close(limited)


def _token(name: str) -> str:
    from forum.members.credentials import api_tokens  # noqa: PLC0415
    from forum.members.queries import member_by_name  # noqa: PLC0415

    member = member_by_name(name)
    assert member is not None
    return api_tokens.make(member, name="a test's", scopes="read write")
