"""HEAD gives the same answer as GET without the body: on pages, in feeds and in the API, cached or not."""

from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import log_in
from tests.middleware.guests import AGENT
from tests.running import served
from tests.trust.crawl import Scene, a_scene, addresses

SAME = ("ETag", "Content-Type", "Content-Encoding", "Last-Modified", "Location", "Vary", "Cache-Control", "Link")
ENCODINGS = ("", "gzip", "br", "zstd")
DIFFERENT_EACH_TIME = {"/metrics", "/api/v1/health"}  # they tell seconds and sizes


@pytest.fixture
def scene(writing) -> Scene:  # type: ignore[no-untyped-def]
    with writing():
        return a_scene()


def request(client: FlaskClient, method: str, address: str, encoding: str = "") -> TestResponse:
    return client.open(address, method=method, headers={"User-Agent": AGENT, "Accept-Encoding": encoding})


@pytest.mark.parametrize("who", [None, "olaf"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_head_has_the_headers_of_get(
    app: Flask, client: FlaskClient, scene: Scene, who: str | None, encoding: str
) -> None:
    if who:
        log_in(client, who)
    for _, address in addresses(app, scene, ("GET",)):
        head, get = (request(client if who else app.test_client(), way, address, encoding) for way in ("HEAD", "GET"))
        assert (head.status_code, head.data) == (get.status_code, b""), address
        for name in SAME if address not in DIFFERENT_EACH_TIME else ():
            assert head.headers.get(name) == get.headers.get(name), (address, name)
        if "Content-Length" in head.headers and address not in DIFFERENT_EACH_TIME:
            assert int(head.headers["Content-Length"]) == len(get.data), address


def test_a_page_first_requested_with_head_is_cached_for_readers(client: FlaskClient, scene: Scene) -> None:
    head = request(client, "HEAD", scene.thread_path)
    get = request(client, "GET", scene.thread_path)
    assert head.headers["ETag"] == get.headers["ETag"]
    assert "A thread to read" in get.text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_each_encoding_of_an_api_response_has_its_own_etag(client: FlaskClient, scene: Scene, encoding: str) -> None:
    address = "/api/v1/openapi.json"
    plain = request(client, "GET", address).headers["ETag"]
    first = request(client, "GET", address, encoding)
    assert (first.headers["ETag"] == plain) is (encoding == "")
    for tag in (first.headers["ETag"], plain, f"W/{plain}", f'"nothing", {plain}', "*"):
        again = client.get(address, headers={"If-None-Match": tag, "Accept-Encoding": encoding})
        assert (again.status_code, again.data) == (304, b""), tag
    assert client.get(address, headers={"If-None-Match": '"nothing"'}).status_code == 200


@pytest.mark.slow
def test_a_real_server_answers_head_like_get_too(tmp_path: Path) -> None:
    with (
        served(tmp_path / "data", FORUM_SEED="defaults") as place,
        closing(HTTPConnection(place.removeprefix("http://"), timeout=10)) as connection,
    ):
        for address in ("/", "/members", "/api/v1/boards", "/feed.atom", "/api/v1/openapi.json"):
            for encoding in ("identity", "gzip"):
                head, get = (sent(connection, method, address, encoding) for method in ("HEAD", "GET"))
                assert head[:2] == get[:2], address
                assert head[2] in {None, get[2]}, (address, encoding)


def sent(connection: HTTPConnection, method: str, address: str, encoding: str) -> tuple[object, ...]:
    """Status, headers and body length of a server's response."""
    connection.request(method, address, headers={"User-Agent": AGENT, "Accept-Encoding": encoding})
    with connection.getresponse() as answer:
        body = answer.read()
        assert bool(body) is (method == "GET")
        headers = {name: answer.getheader(name) for name in SAME}
        return answer.status, headers, answer.getheader("Content-Length")
