"""The jobs on SQLite, PostgreSQL and beside Redis: each slot runs once across all nodes, and nothing stops them."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from forum.infra.database.db import ephemeral_transaction
from forum.infra.ephemeral.job_claims import claim, waiting_count
from forum.jobs.scheduler import Job, run_workers
from tests.presence.backends import BACKENDS, bare_app_for, settings_for


@pytest.fixture(params=BACKENDS)
def bare_app(request: pytest.FixtureRequest, tmp_path: object) -> Iterator[Flask]:
    with bare_app_for(settings_for(request.param, tmp_path)) as app:  # type: ignore[arg-type]
        yield app


def a_node(app: Flask, what: list[Job], stop: threading.Event) -> threading.Thread:
    """Another node's jobs."""
    fresh = [Job(job.name, job.run, job.every) for job in what]
    node = threading.Thread(target=run_workers, args=(app, fresh, stop))
    node.start()
    return node


def wait_for(is_so: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)
    assert is_so()


def test_two_nodes_run_a_slot_of_a_job_once(bare_app: Flask) -> None:
    done: list[str] = []
    stop = threading.Event()
    rare = [Job("rare", lambda: done.append("done"), 10**9)]
    nodes = [a_node(bare_app, rare, stop) for _ in range(2)]
    wait_for(lambda: done != [])
    time.sleep(2.5)
    stop.set()
    for node in nodes:
        node.join(20)
    assert done == ["done"]


def test_a_job_that_fails_is_logged_and_runs_again(bare_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    stop = threading.Event()

    def fail() -> None:
        done.append("tried")
        raise RuntimeError("no luck")

    node = a_node(bare_app, [Job("bad", fail, 1), Job("good", lambda: done.append("good"), 1)], stop)
    wait_for(lambda: done.count("tried") >= 2 and "good" in done)
    stop.set()
    node.join(20)
    assert "the job bad failed" in caplog.text


def test_a_slow_job_delays_no_other_and_does_not_run_concurrently_with_itself(bare_app: Flask) -> None:
    stop, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def slow() -> None:
        done.append("slow begins")
        go_on.wait(10)

    node = a_node(bare_app, [Job("slow", slow, 0.5), Job("quick", lambda: done.append("quick"), 0.5)], stop)
    wait_for(lambda: done.count("quick") >= 3 and "slow begins" in done)
    assert done.count("slow begins") == 1
    go_on.set()
    wait_for(lambda: done.count("slow begins") >= 2)
    stop.set()
    node.join(20)


@pytest.mark.usefixtures("bare_app")
def test_a_claimed_slot_cannot_be_claimed_again() -> None:
    assert claim("job", 5, now=1000)
    assert not claim("job", 5, now=1000)
    assert not claim("job", 5, now=1004)
    assert claim("job", 5, now=1005)
    assert claim("another job", 5, now=1005)


@pytest.mark.usefixtures("bare_app")
def test_a_clock_that_was_set_back_stops_no_job() -> None:
    assert claim("job", 5, now=10_000)
    assert not claim("job", 5, now=9_990)  # another node's clock may be a little late
    assert claim("job", 5, now=1_000)
    assert not claim("job", 5, now=1_004)


@pytest.mark.usefixtures("bare_app")
def test_jobs_that_are_due_and_not_claimed_are_counted_as_waiting() -> None:
    assert waiting_count() == 0
    assert claim("job", 5, now=time.time() - 10)
    assert waiting_count() == 1
    assert claim("job", 5, now=time.time())
    assert waiting_count() == 0


@pytest.mark.usefixtures("bare_app")
def test_a_job_that_no_version_has_any_more_does_not_wait_for_ever() -> None:
    assert claim("an old name", 5, now=time.time() - 2 * 86400)
    assert waiting_count() == 0


def test_a_job_killed_while_it_runs_runs_again_in_its_next_slot(bare_app: Flask) -> None:
    """All that a killed process leaves is its claim."""
    done: list[str] = []
    stop = threading.Event()
    now = time.time()
    assert claim("good", 1, now)
    node = a_node(bare_app, [Job("good", lambda: done.append("good"), 1)], stop)
    wait_for(lambda: "good" in done, 3)
    stop.set()
    node.join(20)


def test_the_claims_may_be_lost_at_any_time(bare_app: Flask) -> None:
    done: list[str] = []
    stop = threading.Event()
    node = a_node(bare_app, [Job("good", lambda: done.append("good"), 1)], stop)
    wait_for(lambda: "good" in done)
    with ephemeral_transaction() as connection:
        connection.execute(text("DELETE FROM volatile_job"))
    done.clear()
    wait_for(lambda: "good" in done)
    stop.set()
    node.join(20)


def test_a_stop_waits_for_the_job_that_runs_and_starts_no_other(bare_app: Flask) -> None:
    stop, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def slow() -> None:
        done.append("begun")
        go_on.wait(10)
        done.append("ended")

    node = a_node(bare_app, [Job("slow", slow, 0.5)], stop)
    wait_for(lambda: done == ["begun"])
    stop.set()
    node.join(1)
    assert node.is_alive()
    go_on.set()
    node.join(5)
    assert not node.is_alive()
    assert done == ["begun", "ended"]


def test_the_scheduler_stops_when_its_parent_is_gone(bare_app: Flask) -> None:
    run_workers(bare_app, [], threading.Event(), is_orphan=lambda: True)
