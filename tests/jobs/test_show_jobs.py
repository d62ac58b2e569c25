"""Admins see when each job ran, how long it took and why it failed, and ask for a run at once."""

import threading
import time
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.jobs import job_actions
from forum.admin.jobs.descriptions import DESCRIPTIONS
from forum.admin.jobs.job_actions import JobStatus, job_statuses
from forum.admin.rules import OPERATOR
from forum.infra.database.db import session, transaction
from forum.infra.ephemeral.job_claims import Run, claim, request
from forum.infra.errors import Forbidden, NotFound
from forum.jobs.scheduler import Job, jobs, run_workers
from forum.models import LogEntry
from tests.conftest import log_in, token_in
from tests.factories import a_member
from tests.middleware.guests import Writing

RARE = 10**9  # seconds: a slot that does not end while the tests run


def status(app: Flask, name: str) -> JobStatus:
    with app.app_context():
        return next(each for each in job_statuses() if each.name == name)


def wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)
    assert is_so()


def test_every_job_is_described() -> None:
    assert {job.name for job in jobs()} == set(DESCRIPTIONS)


def test_a_run_is_recorded_with_its_time_its_length_and_its_failure(app: Flask) -> None:
    stop = threading.Event()

    def fail() -> None:
        raise RuntimeError("no luck\nat all")

    what = [Job("send-mail", fail, RARE), Job("flush-views", lambda: time.sleep(0.05), 0.5)]
    worker = threading.Thread(target=run_workers, args=(app, what, stop))
    worker.start()
    wait_for(lambda: status(app, "send-mail").failed_at is not None and (status(app, "flush-views").seconds or 0) > 0)
    failed, views = status(app, "send-mail"), status(app, "flush-views")
    stop.set()
    worker.join(20)
    assert failed.row is not None
    assert failed.row.failure == "RuntimeError: no luck"
    assert (failed.row.every, failed.is_running) == (RARE, False)
    assert views.seconds is not None
    assert 0.04 < views.seconds < 2
    assert views.failed_at is None
    assert status(app, "merge-boards").last_run_at is None


def test_a_job_that_was_asked_for_runs_once_though_its_slot_is_taken(app: Flask) -> None:
    stop, done = threading.Event(), list[str]()
    what = [Job("send-mail", lambda: done.append("mail"), RARE), Job("flush-views", lambda: None, 0.5)]
    worker = threading.Thread(target=run_workers, args=(app, what, stop))
    worker.start()
    wait_for(lambda: done == ["mail"])
    with app.app_context(), transaction():
        job_actions.run_now(OPERATOR, "send-mail")
        job_actions.run_now(OPERATOR, "send-mail")
    wait_for(lambda: done == ["mail", "mail"])
    time.sleep(1.2)
    stop.set()
    worker.join(20)
    assert done == ["mail", "mail"]
    assert not status(app, "send-mail").is_requested


def test_a_run_that_lasts_is_shown_with_its_node(app: Flask) -> None:
    with app.app_context():
        assert claim("send-mail", RARE, time.time() - 10, node="north, process 7")
        assert claim("flush-views", RARE, time.time())
        shown = {each.name: each for each in job_statuses()}
        assert shown["send-mail"].is_running
        assert not shown["flush-views"].is_running, "it has only just begun"
        claim("flush-views", 1, time.time(), ended=[Run("send-mail", time.time(), 9.5)])
        assert not status(app, "send-mail").is_running
        assert status(app, "send-mail").seconds == 9.5


@pytest.mark.usefixtures("app_in_context")
def test_only_admins_ask_for_a_run_and_only_of_jobs_there_are() -> None:
    with pytest.raises(Forbidden):
        job_actions.run_now(a_member(role="moderator"), "send-mail")
    with pytest.raises(NotFound):
        job_actions.run_now(OPERATOR, "mine-gold")


def test_the_page_lists_jobs_and_queues_and_runs_one(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("olaf", role="admin")
        a_member("anna")
    with app.app_context():
        claim("send-mail", 5, time.time() - 60, node="north, process 7")
        claim("merge-boards", 2, time.time(), ended=[Run("send-mail", time.time() - 59, 1.5, "OSError: <no> route")])
        request("purge-accounts")
    log_in(client, "olaf")
    page = BeautifulSoup(client.get("/admin/jobs").text, "html.parser")
    told = {str(row["id"]): " ".join(row.text.split()) for row in page.select("main li.admin-row")}
    assert set(told) == {f"job-{name}" for name in DESCRIPTIONS}
    assert "Every 5 seconds · last run: 1 minute ago (2 seconds)" in told["job-send-mail"]
    assert "OSError: <no> route" in told["job-send-mail"]
    assert "Requested" in told["job-purge-accounts"]
    assert "not run since the forum started" in told["job-index-replies"]
    assert page.find("dt", string="E-mails waiting") is not None
    token = token_in(client.get("/account").text)
    answer = client.post("/admin/jobs/send-mail/run", data={"csrf_token": token})
    assert answer.headers["Location"] == "/admin/jobs#job-send-mail"
    assert client.post("/admin/jobs/mine-gold/run", data={"csrf_token": token}).status_code == 404
    with app.app_context():
        assert status(app, "send-mail").is_requested
        assert session.scalars(select(LogEntry.target).where(LogEntry.action == "run-job")).all() == ["job:send-mail"]


def test_members_do_not_see_the_page(client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("anna")
    log_in(client, "anna")
    token = token_in(client.get("/account").text)
    assert client.get("/admin/jobs").status_code == 403
    assert client.post("/admin/jobs/send-mail/run", data={"csrf_token": token}).status_code == 403
