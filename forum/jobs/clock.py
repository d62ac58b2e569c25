"""The clock: every job at its pace, until it is told to stop; a job that fails is tried again at its next time."""

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from flask import Flask

from forum.jobs import accounts, baking, mail, submissions, views

log = logging.getLogger("forum.jobs")

MAIL_EVERY = 5  # seconds
LOOK_EVERY = 1.0


@dataclass(frozen=True)
class Job:
    """Something to be done every so many seconds; done twice or by two processes at once, it does no harm."""

    name: str
    run: Callable[[], object]
    every: float


def jobs() -> list[Job]:
    """All that the clock does."""
    return [
        Job("flush-views", views.flush_views, views.FLUSH_EVERY),
        Job("send-mail", mail.send_mail, MAIL_EVERY),
        Job("bake-posts", baking.baker(), baking.BAKE_EVERY),
        Job("sweep-volatile", views.sweep, views.SWEEP_EVERY),
        Job("sweep-submissions", submissions.sweep_submissions, submissions.SWEEP_EVERY),
        Job("sweep-accounts", accounts.sweep_accounts, accounts.SWEEP_EVERY),
    ]


def run_clock(app: Flask, *, parent: int | None = None) -> None:
    """Run jobs until SIGTERM or SIGINT, or until the parent process is gone; views are brought home at the end."""
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    tick(app, jobs(), stop, is_orphan=lambda: parent is not None and os.getppid() != parent)
    run_job(app, Job("flush-views", views.flush_views, 0))


def tick(app: Flask, what: list[Job], stop: Event, *, is_orphan: Callable[[], bool] = lambda: False) -> None:
    """Run each job when its time has come, until the event is set."""
    due = dict.fromkeys(range(len(what)), 0.0)
    while not stop.is_set() and not is_orphan():
        for number, job in enumerate(what):
            if not stop.is_set() and time.monotonic() >= due[number]:
                run_job(app, job)
                due[number] = time.monotonic() + job.every
        stop.wait(LOOK_EVERY)


def run_job(app: Flask, job: Job) -> None:
    """Run a job once; whatever it raises is logged and does not stop the clock."""
    with app.app_context():
        try:
            job.run()
        except Exception:
            log.exception("the job %s failed", job.name)
