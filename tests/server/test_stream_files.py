"""A large file is sent in parts: whole, never all of it in memory, and closed if the client goes away."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request, send_file

from forum.interfaces import STREAMED
from forum.server.asgi import PART_BYTES, AsgiForum
from tests.server.asgi_client import scope_of
from tests.server.event_loop import run


@pytest.fixture
def file(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of many parts, which the list of members sends."""
    path = tmp_path / "large"
    path.write_bytes(b"0123456789abcdef" * (PART_BYTES // 4))

    def send_it() -> Response:
        request.environ[STREAMED] = True
        return send_file(path, conditional=True)

    monkeypatch.setitem(app.view_functions, "members.show_all", send_it)
    return path


class GoneAway(Exception):
    """The client has closed the connection."""


def ask(
    forum: AsgiForum, *, method: str = "GET", most: int = 1000, until: int = 1000, **headers: str
) -> tuple[int, dict[str, str], list[bytes]]:
    """Status, headers and parts of the response; sending fails after `most` parts, the client goes after `until`."""
    head: dict[str, Any] = {}
    parts: list[bytes] = []

    received = iter([{"type": "http.request", "body": b"", "more_body": False}])
    is_gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if message := next(received, None):
            return message
        await is_gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            head.update(message)
        elif len(parts) == most:
            raise GoneAway
        else:
            parts.append(message["body"])
            if len(parts) == until:
                is_gone.set()

    scope = scope_of(method, "/members", list(headers.items()), address="192.0.2.1")
    run(forum(scope, receive, send))
    return head["status"], {name.decode(): value.decode() for name, value in head["headers"]}, parts


def test_it_arrives_whole_in_parts(forum: AsgiForum, file: Path) -> None:
    status, headers, parts = ask(forum)
    assert (status, headers["content-length"]) == (200, str(file.stat().st_size))
    assert len(parts) == file.stat().st_size // PART_BYTES + 1
    assert max(map(len, parts)) < 2 * PART_BYTES
    assert b"".join(parts) == file.read_bytes()


def test_a_part_can_be_asked_for(forum: AsgiForum, file: Path) -> None:
    status, headers, parts = ask(forum, range="bytes=100-")
    assert (status, headers["content-length"]) == (206, str(file.stat().st_size - 100))
    assert b"".join(parts) == file.read_bytes()[100:]
    assert b"".join(ask(forum, method="HEAD")[2]) == b""


def test_it_is_closed_if_the_client_goes_away(forum: AsgiForum, file: Path) -> None:
    with pytest.raises(GoneAway):  # an unclosed file would fail the test
        ask(forum, most=1)


def test_nothing_more_is_read_once_the_client_has_gone(forum: AsgiForum, file: Path) -> None:
    assert file.stat().st_size // PART_BYTES > 3
    assert len(ask(forum, until=1)[2]) <= 2
