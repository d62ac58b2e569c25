"""The job scheduler: runs each job once per interval among all nodes, in a few threads."""

import logging
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Lock, Thread

from flask import Flask
from sqlalchemy import text

from forum.accounts import erasing, merging
from forum.admin import merges
from forum.admin.demonstration import emptying
from forum.admin.removal import thread_erasures
from forum.admin.statistics import counting
from forum.admin.undo import running
from forum.backups import schedule
from forum.digests import queueing
from forum.health import status_notes
from forum.inbox import reading
from forum.infra.database.db import db, session
from forum.infra.database.outages import is_busy, is_outage, lacks_table
from forum.infra.database.per_app import PerApp
from forum.infra.database.timeouts import JOBS, use_timeouts
from forum.infra.ephemeral.job_claims import Run, claim
from forum.infra.ephemeral.outage_log import Outage, first_line
from forum.infra.logs import log_job
from forum.jobs import cleanup, mail, push, rerender
from forum.jobs.backups import BackupJob
from forum.jobs.search_index import SearchIndexJob
from forum.moderation import outside_answers, reminders, timed_states
from forum.moderation.cleaning import waves
from forum.moderation.long_threads import merge_slices, split_slices
from forum.notifications import watchers
from forum.presence.views import flush_views
from forum.search.index.reply_terms import index_new_replies
from forum.similar import refresh_jobs
from forum.site.queries import snapshot
from forum.spam import jobs as spam_jobs
from forum.spam import near_copies
from forum.threads import delete_backfill

log = logging.getLogger("forum.jobs")
_database = PerApp(
    lambda _: Outage(log, "jobs are waiting, the database does not respond", "the database responds again")
)
_claims = PerApp(lambda _: Outage(log, "jobs are waiting, they cannot be claimed", "jobs are claimed again"))

LOOK_EVERY = 0.5  # seconds
WORKERS = 2  # so that a slow mail server does not delay the counting of views


@dataclass(frozen=True)
class Job:
    """A recurring job; it must be idempotent, and safe to run concurrently or to be interrupted."""

    name: str
    run: Callable[[], object]
    every: float  # seconds
    turn: Lock = field(default_factory=Lock, compare=False)  # a slow job is not started again while it runs


def jobs() -> list[Job]:
    """All jobs of the scheduler."""
    return [
        Job("jobs-heartbeat", lambda: status_notes.note(status_notes.JOBS), 10),
        Job("flush-views", flush_views, 1),  # plus the 3 s a page is cached: a view shows up within 5 s
        Job("tell-watchers", watchers.tell_pending, 1),
        *_jobs_of_mail(),
        Job("send-pushes", push.send_pushes, 2),
        Job("backfill-deletions", delete_backfill.run_pending, 2),
        Job("merge-boards", merges.run_pending, 2),
        Job("make-backups", BackupJob(), 2),
        Job("schedule-backups", schedule.request_if_due, 60),
        Job("empty-demonstration", emptying.run_pending, 2),
        Job("erase-accounts", erasing.run_pending, 5),
        Job("merge-accounts", merging.run_pending, 5),
        Job("count-periods", counting.counter(), 5),
        Job("rerender-posts", rerender.rerenderer(), 2),
        Job("index-replies", index_new_replies, 2),
        Job("maintain-search-index", SearchIndexJob(), 2),
        Job("compute-embeddings", refresh_jobs.EmbeddingJob(), 2),
        Job("refresh-similar", refresh_jobs.refresh_next, 5),
        *_jobs_of_moderation(),
        Job("purge-ephemeral", cleanup.purge_ephemeral, 60),
        Job("purge-submissions", cleanup.purge_submissions, 600),
        Job("purge-accounts", cleanup.purge_accounts, 3600),
        Job("delete-empty-conversations", cleanup.delete_empty_conversations, 600),
        Job("forget-notifiers", cleanup.forget_notifiers, 3600),
        Job("expire-addresses", cleanup.expire_addresses, 60),
        Job("expire-notifications", cleanup.expire_notifications, 60),
    ]


def _jobs_of_mail() -> list[Job]:
    return [
        Job("send-mail", mail.send_mail, 5),
        Job("read-mailbox", reading.read_mailbox, 60),
        Job("queue-digests", queueing.queue_due, 30),
        Job("plan-digests", queueing.add_missing, 300),
    ]


def _jobs_of_moderation() -> list[Job]:
    return [
        Job("act-on-many", running.run_pending, 2),
        Job("merge-threads", merge_slices.run_pending, 2),
        Job("split-threads", split_slices.run_pending, 2),
        Job("erase-threads", thread_erasures.run_pending, 2),
        Job("clean-members", waves.run_pending, 2),
        Job("change-timed-threads", timed_states.apply_due, 15),
        Job("remind-moderators", reminders.remind, 300),
        Job("learn-spam", spam_jobs.learn_pending, 5),
        Job("learn-old-posts", lambda: spam_jobs.learn_old_posts(max(1, snapshot().new_member_posts)), 86400),
        Job("watch-campaigns", lambda: near_copies.watch(max(1, snapshot().new_member_posts)), 30),
        Job("ask-services", outside_answers.send_due, 10),
    ]


def run_scheduler(app: Flask, stop: Event, *, parent: int | None = None) -> None:
    """Run jobs until `stop` is set or the parent process is gone; then store pending view counts."""
    use_timeouts(JOBS)
    with app.app_context():
        db.engine.dispose()  # existing connections have other timeouts
    app.extensions["forum.ephemeral"].dispose()
    run_workers(app, jobs(), stop, is_orphan=lambda: parent is not None and os.getppid() != parent)
    run_job(app, Job("flush-views", flush_views, 0))


def stopped_by_signals() -> Event:
    """Install handlers so that SIGTERM and SIGINT set the returned event instead of ending the process.

    A thread sets it, as a handler would wait forever for the event's lock where it interrupts `wait`, which holds it.
    """
    stop = Event()
    signals: SimpleQueue[int] = SimpleQueue()  # its put may interrupt anything
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _: signals.put(number))
    Thread(target=_set_after, args=(signals, stop), daemon=True).start()
    return stop


def _set_after(signals: SimpleQueue[int], stop: Event) -> None:
    signals.get()
    stop.set()


@dataclass
class _Turns:
    """What a process remembers of its jobs."""

    tried: dict[str, int] = field(default_factory=dict)  # each job's last slot that some process has claimed
    ended: deque[Run] = field(default_factory=deque)  # runs to be recorded with the next claim

    def claim(self, job: Job, now: float) -> bool:
        """Whether this process runs the job in the slot of `now`; notices the jobs that somebody has asked for."""
        ended = [self.ended.popleft() for _ in range(len(self.ended))]
        try:
            claimed = claim(job.name, job.every, now, node=_node(), ended=ended)
        except Exception:
            self.ended.extend(ended)
            raise
        self.tried[job.name] = int(now // job.every)
        for name in claimed.requested:
            self.tried.pop(name, None)
        return bool(claimed)


def _node() -> str:
    """This process among those of all nodes."""
    return f"{socket.gethostname()[:40]}, process {os.getpid()}"


def run_workers(
    app: Flask, scheduled: list[Job], stop: Event, *, is_orphan: Callable[[], bool] = lambda: False
) -> None:
    """Run due jobs until `stop` is set or the process is an orphan, then finish the current jobs."""
    turns = _Turns()
    workers = [Thread(target=_work, args=(app, scheduled, turns, stop)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    while not stop.wait(LOOK_EVERY):
        if is_orphan():
            stop.set()
    for worker in workers:
        worker.join()


def _work(app: Flask, scheduled: list[Job], turns: _Turns, stop: Event) -> None:
    while not stop.is_set():
        for job in scheduled:
            if not stop.is_set():
                _run_if_due(app, job, turns)
        stop.wait(LOOK_EVERY)


def _run_if_due(app: Flask, job: Job, turns: _Turns) -> None:
    """Run a job unless it still runs here or a process has claimed its present slot."""
    now = time.time()
    slot = int(now // job.every)
    if turns.tried.get(job.name) == slot or not job.turn.acquire(blocking=False):
        return
    try:
        with app.app_context():
            is_claimed = turns.claim(job, now)
        _claims.of(app.extensions["forum.settings"]).record_success()
        if is_claimed:
            log_job("runs", job.name, turn=slot, every=job.every)
            began = time.monotonic()
            failure = run_job(app, job)
            turns.ended.append(Run(job.name, time.time(), time.monotonic() - began, failure))
    except Exception as error:  # raised by the claim: run_job raises nothing
        outage = _database if is_outage(error) else _claims
        outage.of(app.extensions["forum.settings"]).record_failure(error)
    finally:
        job.turn.release()


def run_job(app: Flask, job: Job) -> str:
    """Run a job once; returns the first line of its error. Exceptions are logged and do not stop the scheduler.

    An unavailable database is logged once, as every job would report it again.
    """
    database = _database.of(app.extensions["forum.settings"])
    try:
        with app.app_context():
            job.run()
            if database.is_ongoing:
                session.execute(text("SELECT 1"))
                database.record_success()
    except Exception as error:
        if is_outage(error) or lacks_table(error):
            database.record_failure(error)
            return first_line(error)
        if is_busy(error):
            log.warning("the job %s gave way to others, and is tried again: %s", job.name, first_line(error))
            return first_line(error)
        log.exception("the job %s failed", job.name)
        with app.app_context():
            status_notes.note(status_notes.JOB_FAILED, f"{job.name}, {type(error).__name__}")
        return first_line(error)
    return ""
