"""A damaged content database is never replaced: pages and jobs report it in one line."""

import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from forum.infra.database.db import db, session, transaction
from forum.infra.settings import Settings
from forum.jobs.scheduler import Job, run_job
from tests.factories import a_thread

pytestmark = pytest.mark.sqlite


@pytest.fixture
def damaged(app: Flask, settings: Settings) -> Path:
    """The database file, with all but its first pages overwritten."""
    with app.app_context():
        with transaction():
            a_thread()
        db.engine.dispose()
    path = settings.data / "forum.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (path.stat().st_size - 8192))
    return path


def test_pages_report_it_in_one_line_and_the_file_stays(
    damaged: Path, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    before = damaged.stat().st_ino
    answer = client.get("/members")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    lines = [record for record in caplog.records if "restore a backup (`forum restore FILE`)" in record.getMessage()]
    assert lines
    assert [record.exc_info for record in caplog.records if record.exc_info] == []
    assert damaged.stat().st_ino == before
    assert not list(damaged.parent.glob("forum.sqlite3.damaged-*"))


def test_jobs_report_it_once(damaged: Path, app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    assert damaged.exists()
    job = Job("look", lambda: session.execute(text("SELECT count(*) FROM post WHERE source <> 'x'")).all(), 1)
    for _ in range(3):
        run_job(app, job)
    assert [record.exc_info for record in caplog.records if record.exc_info] == []
    assert len([line for line in caplog.messages if line.startswith("jobs are waiting")]) == 1
