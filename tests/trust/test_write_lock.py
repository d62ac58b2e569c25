"""A request takes SQLite's write lock only after its body is read and its CSRF token checked."""

import io
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.admin.rules import OPERATOR
from forum.admin.setting_actions import change_settings
from forum.infra.database.db import transaction
from forum.infra.settings import Settings
from tests.conftest import log_in, token_in
from tests.trust.crawl import Scene, a_scene

pytestmark = pytest.mark.sqlite
AT_ONCE = 1.0  # seconds; waiting for the lock takes up to five


@pytest.fixture
def scene(writing) -> Scene:  # type: ignore[no-untyped-def]
    with writing():
        return a_scene()


@pytest.fixture
def other(settings: Settings) -> Iterator[sqlite3.Connection]:
    """A second connection to the content database."""
    path = settings.data / "forum.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        yield connection


class Watched(io.RawIOBase):
    """A request body; while it is read, another connection tries to write."""

    def __init__(self, body: bytes, other: sqlite3.Connection) -> None:
        self._left, self._other = io.BytesIO(body), other
        self.wrote = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        self._other.execute("BEGIN IMMEDIATE")
        self._other.execute("ROLLBACK")
        self.wrote += 1
        return self._left.readinto(buffer)


@pytest.mark.parametrize("path", ["reply", "logout", "reset", "drafts"])
def test_others_can_write_while_a_body_is_read(
    client: FlaskClient, scene: Scene, other: sqlite3.Connection, path: str
) -> None:
    log_in(client, "anna")
    token = token_in(client.get(scene.thread_path).text)
    address = {"reply": f"{scene.thread_path}/reply"}.get(path, f"/{path}")
    body = f"csrf_token={token}&body=Some+words&username=anna&place=thread:1".encode()
    watched = Watched(body, other)
    around = {"wsgi.input": watched, "CONTENT_LENGTH": str(len(body))}
    answer = client.post(address, content_type="application/x-www-form-urlencoded", environ_overrides=around)
    assert answer.status_code in {204, 303}
    assert watched.wrote > 0


@pytest.mark.parametrize("path", ["/logout", "/reset", "/login", "/boards/1-talk/post-thread", "/account"])
def test_a_form_without_a_valid_csrf_token_is_refused_without_the_lock(
    client: FlaskClient, scene: Scene, other: sqlite3.Connection, path: str
) -> None:
    log_in(client, "anna")
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    assert client.post(path, data={"username": "anna", "csrf_token": "made up"}).status_code == 403
    assert time.monotonic() - began < AT_ONCE


def test_a_guest_is_refused_without_the_lock(app: Flask, scene: Scene, other: sqlite3.Connection) -> None:
    with app.app_context(), transaction():
        change_settings(OPERATOR, {"guests_write_first": False})  # otherwise the text is kept
    guest = app.test_client()
    token = token_in(guest.get("/login").text)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    form = {"csrf_token": token, "body": "Some words"}
    assert guest.post(f"{scene.thread_path}/reply", data=form).status_code == 401
    assert guest.post("/api/v1/threads/1/posts", json={"body": "Some words"}).status_code == 401
    assert guest.post("/logout", data=form).status_code == 303
    made_up = {"Cookie": "forum_session=" + "x" * 60}
    assert guest.post("/api/v1/threads/1/posts", json={"body": "x"}, headers=made_up).status_code in {401, 403}
    assert time.monotonic() - began < AT_ONCE
