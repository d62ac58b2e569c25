"""The job queue on SQLite, PostgreSQL and Redis: each slot runs once across all nodes, and nothing stops it."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from forum.infra.job_queue import SlotAssignment, queue_of
from forum.jobs.scheduler import Job, poll, run_queue
from tests.presence.backends import BACKENDS, bare_app_for, settings_for


@pytest.fixture(params=BACKENDS)
def bare_app(request: pytest.FixtureRequest, tmp_path: object) -> Iterator[Flask]:
    with bare_app_for(settings_for(request.param, tmp_path)) as app:  # type: ignore[arg-type]
        yield app


def a_node(app: Flask, what: list[Job], stop: threading.Event) -> threading.Thread:
    """Another node's jobs, with its own connection to the same queue."""
    queue = queue_of(app.extensions["forum.settings"])
    node = threading.Thread(target=run_queue, args=(app, queue, what, stop))
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


def test_a_claimed_slot_cannot_be_claimed_again(bare_app: Flask) -> None:
    queues = [queue_of(bare_app.extensions["forum.settings"]) for _ in range(2)]
    one, other = map(SlotAssignment, queues)
    assert one.take("job", 5, now=1000)
    assert not one.take("job", 5, now=1004)
    assert not other.take("job", 5, now=1004)
    assert other.take("job", 5, now=1005)
    for queue in queues:
        queue.storage.close()


def test_a_foreign_task_in_the_queue_is_not_executed(bare_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    stop = threading.Event()
    queue = queue_of(bare_app.extensions["forum.settings"])
    queue.storage.enqueue(b"anything:0000")
    queue.storage.close()
    node = a_node(bare_app, [Job("good", lambda: done.append("good"), 1)], stop)
    wait_for(lambda: "good" in done)
    stop.set()
    node.join(20)
    assert "Unable to deserialize" in caplog.text or "Error reading from queue" in caplog.text


def test_the_scheduler_stops_when_its_parent_is_gone(bare_app: Flask) -> None:
    queue = queue_of(bare_app.extensions["forum.settings"])
    poll([], SlotAssignment(queue), {}, threading.Event(), is_orphan=lambda: True)
    queue.storage.close()
