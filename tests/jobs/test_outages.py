"""While PostgreSQL is away the jobs log one line, and one when it is back; Redis they do not need."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from benchmarks.services import Service, postgres, redis, service_folder
from forum.infra.database.db import session
from forum.infra.settings import Settings
from forum.jobs.scheduler import Job, run_workers
from tests.presence.backends import KEY, bare_app_for

AWAY = 3.0  # seconds, in which each job is tried about twelve times


@pytest.fixture
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Service, Settings]]:
    """The service that the test stops, and a deployment that uses it."""
    with ExitStack() as stack:
        folder, log = stack.enter_context(service_folder())
        url = f"sqlite:///{tmp_path / 'forum.sqlite3'}"
        if request.param == "redis":
            service, line = redis(folder, log)
            chosen = Settings(data=tmp_path, database_url=url, secret_key=KEY, redis_url=line)
        else:
            service, url = postgres(folder, log)
            chosen = Settings(data=tmp_path, database_url=url, secret_key=KEY)
        if request.param == "postgres behind redis":
            cache, line = redis(*stack.enter_context(service_folder()))
            cache.start()
            stack.callback(cache.end)
            chosen = Settings(data=tmp_path, database_url=url, secret_key=KEY, redis_url=line)
        service.start()
        stack.callback(service.end, signal.SIGKILL if request.param == "redis" else signal.SIGQUIT)
        yield service, chosen


def wait_for(is_so: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)
    assert is_so()


def run(app: Flask, query: Callable[[], object], stop: threading.Event) -> threading.Thread:
    jobs = [Job("look", query, 0.5), Job("look too", query, 0.5)]
    node = threading.Thread(target=run_workers, args=(app, jobs, stop))
    node.start()
    return node


AWAY_LINE, BACK_LINE = "jobs are waiting, the database does not respond", "the database responds again"


def of_the_jobs(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the jobs logged, without the error or the seconds that follow; a traceback fails the test."""
    assert [record.exc_info for record in caplog.records if record.exc_info] == []
    messages = [record.getMessage() for record in caplog.records if record.name != "forum.ephemeral"]
    return [line.split(":")[0].split(" after ")[0] for line in messages]


@pytest.mark.parametrize(
    "services",
    [
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("postgres behind redis", marks=[pytest.mark.postgres, pytest.mark.redis]),
    ],
    indirect=True,
)
def test_an_outage_is_one_line_at_its_beginning_and_one_at_its_end(
    services: tuple[Service, Settings], caplog: pytest.LogCaptureFixture
) -> None:
    service, settings = services
    done: list[str] = []

    def query() -> None:
        session.execute(text("SELECT 1 FROM member"))
        done.append("looked")

    with bare_app_for(settings) as app:
        stop = threading.Event()
        node = run(app, query, stop)
        try:
            wait_for(lambda: bool(done))
            service.end(signal.SIGQUIT)
            time.sleep(AWAY)
            during = of_the_jobs(caplog)
            service.start()
            done.clear()
            wait_for(lambda: bool(done))
        finally:
            stop.set()
            node.join(30)
    assert during == [AWAY_LINE]
    assert of_the_jobs(caplog) == [AWAY_LINE, BACK_LINE]


@pytest.mark.parametrize("services", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_an_outage_that_begins_while_a_job_runs_is_one_line_too(
    services: tuple[Service, Settings], caplog: pytest.LogCaptureFixture
) -> None:
    service, settings = services
    done: list[str] = []
    is_away = threading.Event()

    def query() -> None:
        if not is_away.is_set():
            is_away.set()
            service.end(signal.SIGQUIT)
        session.execute(text("SELECT 1 FROM member"))
        done.append("looked")

    with bare_app_for(settings) as app:
        stop = threading.Event()
        node = run(app, query, stop)
        try:
            wait_for(is_away.is_set)
            wait_for(lambda: of_the_jobs(caplog) == [AWAY_LINE])
            service.start()
            done.clear()
            wait_for(lambda: len(done) >= 2)
        finally:
            stop.set()
            node.join(30)
    assert of_the_jobs(caplog) == [AWAY_LINE, BACK_LINE]


@pytest.mark.parametrize("services", [pytest.param("redis", marks=pytest.mark.redis)], indirect=True)
def test_jobs_run_while_redis_is_away(services: tuple[Service, Settings], caplog: pytest.LogCaptureFixture) -> None:
    service, settings = services
    done: list[str] = []
    with bare_app_for(settings) as app:
        service.end(signal.SIGKILL)
        stop = threading.Event()
        node = run(app, lambda: done.append("looked"), stop)
        try:
            wait_for(lambda: len(done) >= 4)
        finally:
            stop.set()
            node.join(30)
    assert of_the_jobs(caplog) == []
