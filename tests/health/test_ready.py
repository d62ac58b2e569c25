"""Readiness for load balancers, and health details for operators only."""

import re
import resource
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url, select, text

from forum.health import checks, status_notes, write_probe
from forum.infra.database.db import db, ephemeral_transaction, session, transaction
from forum.jobs.scheduler import Job, jobs, run_job
from forum.models import SiteSetting
from tests.conftest import log_in
from tests.factories import a_member

TOKEN = "a token for the operator's Prometheus"
ELSEWHERE = {"environ_overrides": {"REMOTE_ADDR": "198.51.100.7"}}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def app(app: Flask) -> Flask:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], metrics_token=TOKEN)
    return app


def lines(client: FlaskClient, **more: object) -> dict[str, str]:
    """The message of each check, by name."""
    answer = client.get("/health/ready?verbose", **more)
    return dict(line.split(": ", 1) for line in answer.text.splitlines()[1:])


def note_age(name: str, seconds: float) -> None:
    with ephemeral_transaction() as connection:
        values = {"name": name, "at": time.time() - seconds}
        connection.execute(text("UPDATE volatile_health SET noted_at = :at WHERE name = :name"), values)


def test_a_healthy_forum_says_so_in_one_word(client: FlaskClient) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.text) == (200, "ready\n")


def test_an_operator_reads_a_line_for_each_check(client: FlaskClient) -> None:
    assert set(lines(client)) == {"database read", "database write", "jobs", "mail", "disk"}


def test_only_admins_and_operators_read_the_details(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        a_member("Anna", role="admin")
        a_member("Ben", role="moderator")
    assert client.get("/health/ready?verbose", **ELSEWHERE).text == "ready\n"
    proxied = client.get("/health/ready?verbose", headers={"X-Forwarded-For": "198.51.100.7"})
    assert proxied.text == "ready\n", "everybody comes from this machine through a proxy that was not named"
    odd = client.get("/health/ready?verbose", environ_overrides={"REMOTE_ADDR": "unknown"})
    assert (odd.status_code, odd.text) == (200, "ready\n")
    assert "jobs: ok" in client.get("/health/ready?verbose", headers=BEARER, **ELSEWHERE).text
    wrong = {"Authorization": "Bearer nothing of the kind"}
    assert client.get("/health/ready?verbose", headers=wrong, **ELSEWHERE).text == "ready\n"
    for name, may in (("Ben", False), ("Anna", True)):
        browser = app.test_client()
        log_in(browser, name)
        assert ("jobs: ok" in browser.get("/health/ready?verbose", **ELSEWHERE).text) is may


def test_jobs_without_a_heartbeat_make_it_unready_until_they_have_one(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        note_age(status_notes.JOBS, 50)
        assert client.get("/health/ready").status_code == 200
        note_age(status_notes.JOBS, 75)
        answer = client.get("/health/ready", **ELSEWHERE)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.text == "not ready\njobs: last heartbeat 1 minute ago\n"
    (heartbeat,) = (job for job in jobs() if job.name == "jobs-heartbeat")
    assert heartbeat.every * 5 < checks.SILENT_SECONDS
    run_job(app, heartbeat)
    assert client.get("/health/ready").status_code == 200


def test_a_recreated_store_does_not_count_as_dead_jobs_for_a_while(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), ephemeral_transaction() as connection:
        connection.execute(text("DELETE FROM volatile_health"))
    assert client.get("/health/ready").status_code == 200
    monkeypatch.setattr(checks, "SILENT_SECONDS", 0.01)
    time.sleep(0.02)
    assert client.get("/health/ready").status_code == 503


def test_a_failing_job_is_reported(app: Flask, client: FlaskClient) -> None:
    def fail() -> None:
        raise RuntimeError("no luck with a secret")

    run_job(app, Job("bad", fail, 1))
    message = lines(client)["jobs"]
    assert re.fullmatch(r"warning, last heartbeat .*; 1 failed, the last \d s ago: bad, RuntimeError", message)
    assert client.get("/health/ready").status_code == 200


@contextmanager
def unwritable(app: Flask) -> Iterator[None]:
    """A full disk under SQLite, as seen by this process; a read-only PostgreSQL."""
    if app.extensions["forum.settings"].is_sqlite:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        return
    name = make_url(app.extensions["forum.settings"].database_url).database
    with app.app_context():
        for value in ("on", "off"):
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("SET default_transaction_read_only = off"))
                connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}'))
            db.engine.dispose()
            if value == "on":
                yield


def test_an_unwritable_database_makes_it_unready_until_it_is_writable(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_probe, "GOOD_SECONDS", 0.0)
    monkeypatch.setattr(write_probe, "BAD_SECONDS", 0.0)
    assert client.get("/health/ready").status_code == 200
    with unwritable(app):
        answer = client.get("/health/ready", **ELSEWHERE)
        message = lines(client)["database write"]
    assert (answer.status_code, answer.text) == (503, "not ready\ndatabase write: it is not writable\n")
    assert message.startswith("fault, it is not writable; ")
    assert client.get("/health/ready").status_code == 200


@pytest.mark.sqlite
def test_frequent_checks_write_only_once_in_a_while(app: Flask, client: FlaskClient) -> None:
    with closing(sqlite3.connect(app.extensions["forum.settings"].data / "forum.sqlite3")) as other:
        changes = set()
        for _ in range(20):
            assert client.get("/health/ready").status_code == 200
            changes.add(other.execute("PRAGMA data_version").fetchone())
        assert len(changes) == 1, "of these only the first wrote"


def test_the_check_leaves_no_rows_behind(app: Flask, client: FlaskClient) -> None:
    def stored() -> list[object]:
        with app.app_context():
            return [tuple(row) for row in session.execute(select(SiteSetting.name, SiteSetting.value))]

    before = stored()
    assert client.get("/health/ready").status_code == 200
    assert stored() == before


@pytest.mark.sqlite
def test_a_write_lock_held_for_long_does_not_make_it_unready(app: Flask, client: FlaskClient) -> None:
    other = sqlite3.connect(app.extensions["forum.settings"].data / "forum.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        began = time.monotonic()
        assert client.get("/health/ready").status_code == 200
        assert time.monotonic() - began < 2
    finally:
        other.execute("ROLLBACK")
        other.close()
