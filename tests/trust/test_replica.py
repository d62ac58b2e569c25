"""Reading from a streaming replica: guests do, writers once it has their writes, and its failure breaks nothing."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError

from forum.infra.database.db import db
from forum.infra.database.replica import INSERT_LSN_QUERY, MAX_LSN, commit_lsn, parse_lsn, replica_of
from tests.conftest import log_in, token_in
from tests.servers import postgres_server, replica_server
from tests.trust.on_postgresql import THREAD, forum_on

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def addresses() -> Iterator[tuple[str, str]]:
    with postgres_server() as primary, replica_server(primary) as replica:
        yield primary, replica


@pytest.fixture
def app(addresses: tuple[str, str], tmp_path: Path) -> Iterator[Flask]:
    primary, replica = addresses
    with forum_on(primary, tmp_path, FORUM_DATABASE_REPLICA_URL=replica) as app:
        yield app
        held = replica_of(app.extensions["forum.settings"])
        assert held is not None
        held.dispose()


@pytest.fixture
def replica_statements(app: Flask) -> Iterator[list[str]]:
    """The statements that the replica received, except queries of its replay position."""
    held = replica_of(app.extensions["forum.settings"])
    assert held is not None
    statements: list[str] = []

    def record(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "pg_last_wal_replay_lsn" not in statement:
            statements.append(statement)

    event.listen(held._engine, "before_cursor_execute", record)
    yield statements
    event.remove(held._engine, "before_cursor_execute", record)


def pause(address: str, *, resume: bool = False) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_wal_replay_{'resume' if resume else 'pause'}()"))
    engine.dispose()


def read_until_from_replica(client: FlaskClient, path: str, replica_statements: list[str]) -> str:
    """A page that was read from the replica, which is used once it is known to have caught up."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        replica_statements.clear()
        text = client.get(path).text
        if replica_statements:
            return text
        time.sleep(0.05)
    raise AssertionError("the replica is not read from")


def test_guests_read_from_the_replica(app: Flask, replica_statements: list[str]) -> None:
    read_until_from_replica(app.test_client(), "/members", replica_statements)
    assert any("member" in statement for statement in replica_statements)


def test_a_member_sees_their_own_writes_although_the_replica_lags(
    app: Flask, addresses: tuple[str, str], replica_statements: list[str]
) -> None:
    client = app.test_client()
    log_in(client, "Anna")
    page = client.get(THREAD).text
    pause(addresses[1])
    try:
        form = {"csrf_token": token_in(page), "body": "Written just now, to be seen at once."}
        answer = client.post(f"{THREAD}/reply", data=form)
        assert answer.status_code == 303
        replica_statements.clear()
        assert "Written just now" in client.get(THREAD).text
        assert replica_statements == []
        time.sleep(1.0)  # a replica this far behind is not read from
        assert "Written just now" in app.test_client().get(THREAD).text
    finally:
        pause(addresses[1], resume=True)
    assert "Written just now" in read_until_from_replica(client, THREAD, replica_statements)


def test_an_unreachable_replica_is_not_used(app: Flask) -> None:
    held = replica_of(app.extensions["forum.settings"])
    assert held is not None
    client = app.test_client()
    time.sleep(0.5)
    client.get("/members")
    held._engine.dispose()
    held._engine = create_engine("postgresql+psycopg://forum@127.0.0.1:1/forum", connect_args={"connect_timeout": 1})
    held._usable_until = time.monotonic() + 5
    assert client.get("/members").status_code == 200


def test_every_kind_of_write_is_remembered_by_the_browser(app: Flask) -> None:
    client = app.test_client()
    log_in(client, "Anna")
    headers = {"X-CSRFToken": token_in(client.get(THREAD).text)}
    answer = client.put("/api/v1/posts/1/reaction", json={"kind": "like"}, headers=headers)
    assert answer.status_code == 200
    assert "forum_written=" in answer.headers["Set-Cookie"]
    answer = client.delete("/api/v1/posts/1/reaction", headers=headers)
    assert "forum_written=" in answer.headers["Set-Cookie"]
    assert "Set-Cookie" not in client.get(THREAD).headers


def test_a_write_is_acknowledged_although_the_primary_fails_right_after_it(app: Flask) -> None:
    client = app.test_client()
    log_in(client, "Anna")
    form = {"csrf_token": token_in(client.get(THREAD).text), "body": "Written just before the end of the primary."}
    with app.app_context():
        primary = db.engine

    def be_away(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement == INSERT_LSN_QUERY:
            raise OperationalError(statement, None, ConnectionError("the database system is shutting down"))

    event.listen(primary, "before_cursor_execute", be_away)
    answer = client.post(f"{THREAD}/reply", data=form)
    event.remove(primary, "before_cursor_execute", be_away)
    assert answer.status_code == 303
    assert f"forum_written={MAX_LSN}" in "; ".join(answer.headers.getlist("Set-Cookie"))
    assert "Written just before the end" in client.get(THREAD).text


@pytest.mark.parametrize(("lsn", "number"), [("0/0", 0), ("0/10", 16), ("1/0", 2**32), ("16/B374D848", 0x16B374D848)])
def test_a_wal_position_is_a_number(lsn: str, number: int) -> None:
    assert parse_lsn(lsn) == number


def test_a_write_not_yet_flushed_to_the_wal_is_waited_for_too(addresses: tuple[str, str]) -> None:
    """With synchronous_commit off a commit may stay in PostgreSQL's memory for a while."""
    admin = create_engine(addresses[0], isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET wal_writer_delay = '10s'"))
        connection.execute(text("SELECT pg_reload_conf()"))
        time.sleep(0.5)
        try:
            for _ in range(5):
                connection.execute(text("CREATE TABLE IF NOT EXISTS jotted (words TEXT)"))
                connection.execute(text("INSERT INTO jotted VALUES ('something')"))
                reached = connection.execute(text("SELECT pg_current_wal_insert_lsn()::text")).scalar_one()
                assert parse_lsn(commit_lsn(admin)) >= parse_lsn(reached)
        finally:
            connection.execute(text("DROP TABLE jotted"))
            connection.execute(text("ALTER SYSTEM RESET wal_writer_delay"))
            connection.execute(text("SELECT pg_reload_conf()"))
    admin.dispose()
