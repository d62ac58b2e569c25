"""Hosts, queries and bodies of every kind cause a plain refusal at most."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import log_in, token_in
from tests.parts import in_ci
from tests.trust.crawl import Scene, a_scene, addresses

NASTY = (
    "'",
    '"',
    ";--",
    "%",
    "_",
    "-1",
    "0",
    "1e308",
    "NaN",
    "٣",
    "\x00",
    "9" * 30,
    "' OR 1=1 --",
    "<script>",
    "ä" * 3000,
)
FILES = ("/static/", "/avatars/")
PARAMETERS = (
    "page",
    "sort",
    "order",
    "q",
    "tab",
    "filter",
    "quote",
    "place",
    "author",
    "board",
    "after",
    "before",
    "next",
)


@pytest.fixture
def scene(writing) -> Scene:  # type: ignore[no-untyped-def]
    with writing():
        return a_scene()


@pytest.mark.slow
@pytest.mark.parametrize("who", [None, "olaf"])
def test_no_parameter_of_any_page_causes_a_server_error(
    app: Flask, client: FlaskClient, scene: Scene, who: str | None
) -> None:
    if who:
        log_in(client, who)
    pages = [address for _, address in addresses(app, scene, ("GET",)) if not address.startswith(FILES)]
    for number, address in enumerate(pages):
        # each value is tried for each parameter on some of the pages; in CI on five times as many
        for turn in range(0, len(NASTY), 3) if in_ci() else (number % len(NASTY),):
            query = {name: NASTY[(turn + place) % len(NASTY)] for place, name in enumerate(PARAMETERS)}
            answer = client.get(address, query_string=query)
            assert answer.status_code < 500, (address, query)


def test_a_repeated_page_parameter_or_a_list_causes_no_server_error(client: FlaskClient, scene: Scene) -> None:
    for query in ("page=1&page=2", "page[]=1", "page=", "sort[]=x&sort=y"):
        assert client.get(f"{scene.thread_path}?{query}").status_code in {200, 301, 404}


@pytest.mark.parametrize(
    "value", ["\x00", "a\x00b", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "\u202e" * 50]
)
def test_unusual_text_in_a_form_is_accepted_or_refused(client: FlaskClient, scene: Scene, value: str) -> None:
    log_in(client, "anna")
    token = token_in(client.get(scene.thread_path).text)
    answer = client.post(f"{scene.thread_path}/reply", data={"csrf_token": token, "body": value})
    assert answer.status_code in {303, 422}


def test_ten_megabytes_are_refused(client: FlaskClient, scene: Scene) -> None:
    log_in(client, "anna")
    token = token_in(client.get(scene.thread_path).text)
    answer = client.post(f"{scene.thread_path}/reply", data={"csrf_token": token, "body": "x" * 10_000_000})
    assert answer.status_code == 413


def test_a_form_without_its_fields_says_which_are_missing(client: FlaskClient, scene: Scene) -> None:
    log_in(client, "anna")
    token = token_in(client.get(scene.thread_path).text)
    answer = client.post(f"{scene.thread_path}/reply", data={"csrf_token": token})
    assert answer.status_code == 422
    assert 'id="reply"' in answer.text or "Write something" in answer.text or "Missing data" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        *({"Host": host} for host in ("evil.test", "localhost.evil.test", "", "evil.test\\@127.0.0.1", "::1")),
        *({"Host": host} for host in ("evil.test;@127.0.0.1", "evil.test@127.0.0.1", "127.0.0.1#evil", "[::1]evil")),
        *({"Host": host} for host in ("127.0.0.1/evil", "127.0.0.1\\evil", "127.0.0.1?evil", "127.0.0.1:")),
        *({"Host": host} for host in ("127.0.0.1:99999999", "localhost evil", "127.0.0.1,evil.test", "0x7f000001")),
        *({"X-Forwarded-Host": host} for host in ("evil.test", "evil.test\\@127.0.0.1", "localhost, evil.test")),
    ],
)
def test_an_unknown_host_is_refused_and_never_echoed(
    client: FlaskClient, scene: Scene, headers: dict[str, str]
) -> None:
    answer = client.get("/", headers=headers)
    assert answer.status_code == 400
    assert "evil" not in answer.text
