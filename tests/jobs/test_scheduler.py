"""The scheduler runs every job at its interval, and no exception in a job stops it."""

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from forum.infra import clock as time_of_day
from forum.infra.database.db import ephemeral_transaction, session, transaction
from forum.infra.settings import Settings
from forum.jobs import rerender
from forum.jobs.cleanup import purge_submissions
from forum.jobs.scheduler import Job, jobs, run_job, run_workers
from forum.markup.render import VERSION
from forum.models import Post, Submission
from tests.factories import a_member, a_post, a_thread

STOPS = """
import os, signal
from threading import Timer
from forum.jobs.scheduler import stopped_by_signals

for _ in range(100):
    stop = stopped_by_signals()
    Timer(0.002, os.kill, (os.getpid(), signal.SIGTERM)).start()
    while not stop.wait(0):  # which holds the lock of the event most of the time
        pass
"""


def test_a_signal_stops_the_process_whatever_it_interrupts() -> None:
    done = subprocess.run([sys.executable, "-c", STOPS], timeout=60, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_every_job_runs_on_an_empty_forum(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    names = [job.name for job in jobs()]
    assert len(names) == len(set(names)) >= 6
    for job in jobs():
        run_job(app, job)
    assert caplog.records == []


def test_a_wrong_statement_of_a_job_is_no_outage_of_the_database(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    failure = run_job(app, Job("look", lambda: session.execute(text("SELECT nowhere FROM member")), 1))
    assert "nowhere" in failure
    (record,) = caplog.records
    assert (record.getMessage(), record.exc_info is None) == ("the job look failed", False)
    run_job(app, Job("look", lambda: None, 1))
    assert len(caplog.records) == 1, "nothing is over that never began"


@pytest.mark.sqlite
def test_a_locked_database_is_no_outage_either(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr("forum.infra.database.sqlite.BUSY_TIMEOUT_MS", 100)
    with closing(sqlite3.connect(settings.data / "forum.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        failure = run_job(app, Job("store", purge_submissions, 1))
    assert "locked" in failure
    (record,) = caplog.records
    assert record.getMessage().startswith("the job store gave way to others, and is tried again: ")
    assert record.exc_info is None


def test_jobs_that_cannot_be_claimed_say_so_once_without_blaming_the_database(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context(), ephemeral_transaction() as connection:
        connection.execute(text("ALTER TABLE volatile_job RENAME COLUMN name TO elsewhere"))
    stop = threading.Event()
    node = threading.Thread(target=run_workers, args=(app, [Job("look", lambda: None, 0.1)], stop))
    node.start()
    time.sleep(1.2)
    stop.set()
    node.join(10)
    assert [line.split(":")[0] for line in caplog.messages] == ["jobs are waiting, they cannot be claimed"]


@pytest.mark.usefixtures("app_in_context")
def test_yesterdays_submission_keys_are_deleted_and_todays_stay() -> None:
    member, now = a_member(), time_of_day.now()
    for key, age in (("old", 25), ("new", 23)):
        session.add(Submission(member_id=member.id, key=key, created_at=now - timedelta(hours=age)))
    session.commit()
    purge_submissions()
    assert session.scalars(select(Submission.key)).all() == ["new"]


def test_posts_of_an_older_renderer_are_rerendered_in_batches(app: Flask) -> None:
    with app.app_context():
        with transaction():
            thread = a_thread(body="A *word*.")
            for _ in range(rerender.RENDERED_POSTS + 5):
                a_post(thread=thread)
            session.execute(update(Post).values(html="<p>old</p>", markup_version=VERSION - 1))
        bake = rerender.rerenderer()
        bake()
        assert _stale() == 6
        bake()
        assert _stale() == 0
        bake()
        assert session.scalars(select(Post.html).where(Post.position == 1)).one() == "<p>A <em>word</em>.</p>\n"


def _stale() -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Post).where(Post.markup_version != VERSION)) or 0
