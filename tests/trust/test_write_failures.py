"""A full disk or a locked database gives a 503 page that keeps the text, never a traceback."""

import sqlite3
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from forum.archive.check import check, position_gaps
from forum.infra.database.db import db
from forum.infra.settings import Settings
from tests.conftest import log_in, token_in
from tests.factories import a_member, a_thread

WORDS = "A long and careful answer that took an hour"


@pytest.fixture
def thread(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    monkeypatch.setattr("forum.infra.database.sqlite.BUSY_TIMEOUT_MS", 200)
    with request.getfixturevalue("writing")():
        a_member("anna")
        return a_thread().path


@pytest.fixture
def locked(settings: Settings, thread: str) -> Iterator[None]:
    """Another process holds the write lock and does not release it."""
    other = sqlite3.connect(settings.data / "forum.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def refuse(client: FlaskClient, thread: str, token: str) -> None:
    answer = client.post(f"{thread}/reply", data={"body": WORDS, "csrf_token": token})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert WORDS in answer.text
    assert "Traceback" not in answer.text
    assert "sqlite" not in answer.text.lower()


@pytest.mark.sqlite
def test_a_locked_database_keeps_the_text(client: FlaskClient, thread: str, request: pytest.FixtureRequest) -> None:
    log_in(client, "anna")
    token = token_in(client.get(thread).text)
    request.getfixturevalue("locked")
    refuse(client, thread, token)
    assert client.get(thread).status_code == 200


@pytest.mark.sqlite
def test_a_full_disk_keeps_the_text_and_writes_work_again_once_there_is_space(
    app: Flask, client: FlaskClient, thread: str
) -> None:
    log_in(client, "anna")
    token = token_in(client.get(thread).text)
    limit = {"pages": 1}

    def shrink(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit['pages']}")  # SQLite never goes below the current size

    with app.app_context():
        event.listen(db.engine, "connect", shrink)
        db.engine.dispose()
    long = "\n\n".join(f"{WORDS} {number}" for number in range(900))
    answer = client.post(f"{thread}/reply", data={"body": long, "csrf_token": token})
    assert answer.status_code == 503
    assert WORDS in answer.text
    limit["pages"] = 1_000_000
    with app.app_context():
        db.engine.dispose()
        assert [*map(str, check()), *position_gaps()] == []
    assert client.post(f"{thread}/reply", data={"body": long, "csrf_token": token}).status_code == 303
