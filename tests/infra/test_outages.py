"""Errors of the databases are told apart by their codes: away, busy, or wrong."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from forum.infra.database.db import best_effort_write, session
from forum.infra.database.outages import is_busy, is_outage, lacks_table
from forum.infra.database.sqlite import _take_write_lock
from tests.conftest import log_in
from tests.factories import a_member
from tests.middleware.guests import Writing


def kind(error: BaseException) -> str:
    assert not (is_outage(error) and is_busy(error))
    return "outage" if is_outage(error) else "busy" if is_busy(error) else "wrong"


def of_postgres(state: str) -> DBAPIError:
    cause = psycopg.errors.lookup(state)("told by the server")
    told = OperationalError if isinstance(cause, psycopg.OperationalError) else ProgrammingError
    return told("SELECT", None, cause)


def of_sqlite(path: Path, *statements: str) -> OperationalError:
    def run() -> None:
        with create_engine(f"sqlite:///{path}").connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    with pytest.raises(OperationalError) as caught:
        run()
    return caught.value


@pytest.mark.parametrize(
    ("state", "meant"),
    [
        *(("08006", "outage"), ("57P01", "outage"), ("57P03", "outage"), ("53100", "outage"), ("58030", "outage")),
        ("28P01", "outage"),
        *(("40P01", "busy"), ("40001", "busy"), ("55P03", "busy"), ("57014", "busy")),
        *(("42P01", "wrong"), ("42601", "wrong")),
    ],
)
def test_postgresql_says_by_the_sqlstate_what_happened(state: str, meant: str) -> None:
    assert kind(of_postgres(state)) == meant


def test_sqlite_says_by_the_error_code_what_happened(tmp_path: Path) -> None:
    path = tmp_path / "some.sqlite3"
    assert kind(of_sqlite(path, "SELECT wrong")) == "wrong"
    assert kind(of_sqlite(path, "CREATE TABLE one (id)", "PRAGMA max_page_count=1", *FILL)) == "outage"
    assert kind(of_sqlite(tmp_path / "no folder" / "x", "SELECT 1")) == "outage"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert kind(of_sqlite(path, "PRAGMA busy_timeout=0", "BEGIN IMMEDIATE")) == "busy"


FILL = ("INSERT INTO one SELECT hex(zeroblob(9000))",) * 2


def test_a_missing_table_is_known_on_both_databases(tmp_path: Path) -> None:
    assert lacks_table(of_sqlite(tmp_path / "some.sqlite3", "SELECT id FROM nowhere"))
    assert lacks_table(of_postgres("42P01"))
    assert not lacks_table(of_sqlite(tmp_path / "some.sqlite3", "SELECT nothing"))
    assert not lacks_table(of_postgres("42601"))
    assert not lacks_table(ValueError())


def test_what_never_reached_a_database_is_an_outage_and_other_errors_are_none() -> None:
    assert kind(OperationalError("SELECT", None, psycopg.OperationalError("connection refused"))) == "outage"
    assert kind(PoolTimeout()) == "outage"
    assert kind(ValueError()) == "wrong"


def test_who_waits_in_vain_behind_others_of_the_process_is_told_that_the_database_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forum.infra.database.sqlite.BUSY_TIMEOUT_MS", 20)
    polling = threading.Lock()
    connection = sqlite3.connect(tmp_path / "some.sqlite3")
    with polling, closing(connection), pytest.raises(sqlite3.OperationalError) as caught:
        _take_write_lock(connection, polling)
    assert kind(OperationalError("BEGIN IMMEDIATE", None, caught.value)) == "busy"


def test_a_wrong_statement_is_a_fault_with_its_traceback_and_not_told_as_an_outage(
    app: Flask,
    client: FlaskClient,
    writing: Writing,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with writing():
        a_member("anna")
    log_in(client, "anna")
    wrong = text("SELECT wrong FROM nowhere")
    monkeypatch.setitem(app.view_functions, "contact.show_help", lambda: str(session.execute(wrong)))
    answer = client.get("/help")
    assert answer.status_code == 500
    assert "Retry-After" not in answer.headers
    assert [record.exc_info is not None for record in caplog.records] == [True]


@pytest.mark.usefixtures("app_in_context")
def test_a_wrong_best_effort_write_is_not_dropped_in_silence() -> None:
    session.commit()
    with pytest.raises(DBAPIError, match="nowhere"):
        best_effort_write(text("DELETE FROM nowhere"))
