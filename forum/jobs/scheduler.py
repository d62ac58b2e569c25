"""The job scheduler: enqueues each job at its interval, and runs queued jobs, including those of other nodes."""

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from flask import Flask
from huey.consumer import Consumer
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from forum.health import status_notes
from forum.infra.db import db, session
from forum.infra.ephemeral_store import PerApp
from forum.infra.job_queue import Queue, SlotAssignment, queue_of
from forum.infra.logs import log_job
from forum.infra.outage_log import Outage
from forum.infra.sqlite import is_damage
from forum.infra.timeouts import JOBS, use_timeouts
from forum.jobs import account_cleanup, delete_backfill, mail, rerender, search_terms, similar, submissions, views

log = logging.getLogger("forum.jobs")
_database = PerApp(lambda _: Outage(log, "jobs wait, the database does not answer", "the database answers again"))

MAIL_EVERY = 5  # seconds
LIFE_EVERY = 10
LOOK_EVERY = 0.5
HEALTH_EVERY = 10.0
WORKERS = 2  # so that a slow mail server does not delay the counting of views
POLL_SECONDS = 0.1, 0.3  # between polls of an empty queue: initial and maximum


@dataclass(frozen=True)
class Job:
    """A recurring job; it must be idempotent, and safe to run concurrently or to be interrupted."""

    name: str
    run: Callable[[], object]
    every: float
    turn: Lock = field(default_factory=Lock, compare=False)  # a slow job is not started again while it runs


def jobs() -> list[Job]:
    """All jobs of the scheduler."""
    return [
        Job("show-life", lambda: status_notes.note(status_notes.JOBS), LIFE_EVERY),
        Job("flush-views", views.flush_views, views.FLUSH_EVERY),
        Job("send-mail", mail.send_mail, MAIL_EVERY),
        Job("settle-threads", delete_backfill.run_pending, delete_backfill.SETTLE_EVERY),
        Job("bake-posts", rerender.rerenderer(), rerender.RERENDER_SECONDS),
        Job("learn-words", search_terms.index_new_replies, search_terms.LEARN_EVERY),
        Job("learn-meanings", similar.Learner(), similar.LEARN_EVERY),
        Job("renew-similar", similar.renew, similar.RENEW_EVERY),
        Job("sweep-volatile", views.sweep, views.SWEEP_EVERY),
        Job("sweep-submissions", submissions.sweep_submissions, submissions.SWEEP_EVERY),
        Job("sweep-accounts", account_cleanup.sweep_accounts, account_cleanup.SWEEP_EVERY),
    ]


def run_scheduler(app: Flask, stop: Event, *, parent: int | None = None) -> None:
    """Run jobs until `stop` is set or the parent process is gone; then store pending view counts."""
    use_timeouts(JOBS)
    with app.app_context():
        db.engine.dispose()  # existing connections have other timeouts
    app.extensions["forum.volatile"].dispose()
    queue = queue_of(app.extensions["forum.settings"])
    run_queue(app, queue, jobs(), stop, is_orphan=lambda: parent is not None and os.getppid() != parent)
    run_job(app, Job("bring-views-home", views.flush_views, 0))


def stopped_by_signals() -> Event:
    """Install handlers so that SIGTERM and SIGINT set the returned event instead of ending the process."""
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop


def run_queue(
    app: Flask, queue: Queue, scheduled: list[Job], stop: Event, *, is_orphan: Callable[[], bool] = lambda: False
) -> None:
    """Enqueue jobs and run queued ones until `stop` is set, then finish the current jobs."""
    consumer = Consumer(
        queue, workers=WORKERS, periodic=False, initial_delay=POLL_SECONDS[0], max_delay=POLL_SECONDS[1]
    )
    calls = {job.name: _register(app, queue, job) for job in scheduled}
    for process in (consumer.scheduler, *(thread for _, thread in consumer.worker_threads)):
        process.start()  # consumer.start() would also install Huey's signal handlers
    try:
        poll(scheduled, SlotAssignment(queue), calls, stop, is_orphan=is_orphan, is_well=consumer.check_worker_health)
    finally:
        consumer.stop(graceful=True)
        queue.storage.close()


def _register(app: Flask, queue: Queue, job: Job) -> Callable[[], Any]:
    """Register a job with Huey and return the function that enqueues it; it expires after its interval, or 60 s."""
    task: Callable[[], Any] = queue.task(name=job.name, expires=max(60, int(job.every)))(lambda: run_job(app, job))
    return task


def poll(
    scheduled: list[Job],
    turns: SlotAssignment,
    calls: dict[str, Callable[[], Any]],
    stop: Event,
    *,
    is_orphan: Callable[[], bool] = lambda: False,
    is_well: Callable[[], object] = lambda: True,
) -> None:
    """Enqueue each job once per interval, unless another node did; an unavailable queue is retried."""
    checked_at = time.monotonic()
    while not stop.is_set() and not is_orphan():
        try:
            for job in scheduled:
                now = time.time()
                if turns.take(job.name, job.every, now):
                    log_job("called for", job.name, turn=int(now // job.every), every=job.every)
                    calls[job.name]()
        except Exception as error:
            turns.outage.record_failure(error)
        if time.monotonic() - checked_at >= HEALTH_EVERY:
            is_well()
            checked_at = time.monotonic()
        stop.wait(LOOK_EVERY)


def run_job(app: Flask, job: Job) -> None:
    """Run a job once, unless it is still running; exceptions are logged and do not stop the scheduler.

    An unavailable database is logged once, as every job would report it again.
    """
    if not job.turn.acquire(blocking=False):
        return
    database = _database.of(app.extensions["forum.settings"])
    try:
        with app.app_context():
            job.run()
            if database.is_ongoing:
                session.execute(text("SELECT 1"))
                database.record_success()
    except Exception as error:
        if isinstance(error, OperationalError | PoolTimeout) or is_damage(getattr(error, "orig", None)):
            database.record_failure(error)
            return
        log.exception("the job %s failed", job.name)
        with app.app_context():
            status_notes.note(status_notes.JOB_FAILED, f"{job.name}, {type(error).__name__}")
    finally:
        job.turn.release()
