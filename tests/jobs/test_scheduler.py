"""The scheduler runs every job at its interval, and no exception in a job stops it."""

import subprocess
import sys
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from forum.infra import clock as time_of_day
from forum.infra.database.db import session, transaction
from forum.jobs import rerender
from forum.jobs.cleanup import purge_submissions
from forum.jobs.scheduler import jobs, run_job
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
            for _ in range(rerender.BATCH + 5):
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
