"""The clock: calls for every job at its pace, and carries out what it or another node's clock called for."""

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
WORKERS = 2  # so that a mail server that is slow keeps no view from being counted
POLL_SECONDS = 0.1, 0.3  # between looks into a queue that is empty: at first, and at most


@dataclass(frozen=True)
class Job:
    """Something to be done every so many seconds; twice, by two at once or broken off, it does no harm."""

    name: str
    run: Callable[[], object]
    every: float
    turn: Lock = field(default_factory=Lock, compare=False)  # a slow one is not begun again beside itself


def jobs() -> list[Job]:
    """All that the clock calls for."""
    return [
        Job("show-life", lambda: status_notes.note(status_notes.JOBS), LIFE_EVERY),
        Job("flush-views", views.flush_views, views.FLUSH_EVERY),
        Job("send-mail", mail.send_mail, MAIL_EVERY),
        Job("settle-threads", delete_backfill.run, delete_backfill.SETTLE_EVERY),
        Job("bake-posts", rerender.rerenderer(), rerender.RERENDER_SECONDS),
        Job("learn-words", search_terms.index_new_replies, search_terms.LEARN_EVERY),
        Job("learn-meanings", similar.Learner(), similar.LEARN_EVERY),
        Job("renew-similar", similar.renew, similar.RENEW_EVERY),
        Job("sweep-volatile", views.sweep, views.SWEEP_EVERY),
        Job("sweep-submissions", submissions.sweep_submissions, submissions.SWEEP_EVERY),
        Job("sweep-accounts", account_cleanup.sweep_accounts, account_cleanup.SWEEP_EVERY),
    ]


def run_scheduler(app: Flask, stop: Event, *, parent: int | None = None) -> None:
    """Run jobs until told to stop, or until the parent process is gone; views are brought home at the end."""
    use_timeouts(JOBS)
    with app.app_context():
        db.engine.dispose()  # connections that were made before wait otherwise
    app.extensions["forum.volatile"].dispose()
    queue = queue_of(app.extensions["forum.settings"])
    run_queue(app, queue, jobs(), stop, is_orphan=lambda: parent is not None and os.getppid() != parent)
    run_job(app, Job("bring-views-home", views.flush_views, 0))


def stopped_by_signals() -> Event:
    """What SIGTERM and SIGINT set from now on, instead of ending the process."""
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop


def run_queue(
    app: Flask, queue: Queue, what: list[Job], stop: Event, *, is_orphan: Callable[[], bool] = lambda: False
) -> None:
    """Call for jobs and carry them out, until the event is set; the job at hand is finished then."""
    consumer = _Consumer(
        queue, workers=WORKERS, periodic=False, initial_delay=POLL_SECONDS[0], max_delay=POLL_SECONDS[1]
    )
    calls = {job.name: _taught(app, queue, job) for job in what}
    consumer.start()
    try:
        poll(what, SlotAssignment(queue), calls, stop, is_orphan=is_orphan, is_well=consumer.check_worker_health)
    finally:
        consumer.stop(graceful=True)
        queue.storage.close()


class _Consumer(Consumer):  # type: ignore[misc]
    """Huey's consumer without its own signals: the clock hears them."""

    def _set_signal_handlers(self) -> None:
        return


def _taught(app: Flask, queue: Queue, job: Job) -> Callable[[], Any]:
    """A call for a job; one that waited longer than until its next turn is dropped."""
    task: Callable[[], Any] = queue.task(name=job.name, expires=max(60, int(job.every)))(lambda: run_job(app, job))
    return task


def poll(
    what: list[Job],
    turns: SlotAssignment,
    calls: dict[str, Callable[[], Any]],
    stop: Event,
    *,
    is_orphan: Callable[[], bool] = lambda: False,
    is_well: Callable[[], object] = lambda: True,
) -> None:
    """Call for each job in each of its turns, unless somebody else did; a queue that is away is asked again."""
    checked_at = time.monotonic()
    while not stop.is_set() and not is_orphan():
        try:
            for job in what:
                now = time.time()
                if turns.take(job.name, job.every, now):
                    log_job("called for", job.name, turn=int(now // job.every), every=job.every)
                    calls[job.name]()
        except Exception as error:
            turns.outage.began(error)
        if time.monotonic() - checked_at >= HEALTH_EVERY:
            is_well()
            checked_at = time.monotonic()
        stop.wait(LOOK_EVERY)


def run_job(app: Flask, job: Job) -> None:
    """Run a job once, unless it still runs; whatever it raises is logged and does not stop the clock.

    A database that is away is logged once: jobs run again and again, and each would say the same.
    """
    if not job.turn.acquire(blocking=False):
        return
    database = _database.of(app.extensions["forum.settings"])
    try:
        with app.app_context():
            job.run()
            if database.is_on:
                session.execute(text("SELECT 1"))
                database.ended()
    except Exception as error:
        if isinstance(error, OperationalError | PoolTimeout) or is_damage(getattr(error, "orig", None)):
            database.began(error)
            return
        log.exception("the job %s failed", job.name)
        with app.app_context():
            status_notes.note(status_notes.JOB_FAILED, f"{job.name}, {type(error).__name__}")
    finally:
        job.turn.release()
