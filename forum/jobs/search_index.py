"""The job that checks or rebuilds the search index when an admin has asked for it, in a thread of its own."""

import logging
from threading import Thread

from flask import Flask
from flask.globals import app_ctx

from forum.infra.database.db import session, transaction
from forum.search.index import maintenance
from forum.search.index.actions import reindex_online
from forum.search.index.index_check import index_problems
from forum.search.index.maintenance import Task
from forum.site.queries import snapshot

log = logging.getLogger("forum.jobs")


class SearchIndexJob:
    """Begins the task that is due, unless this process carries one out.

    The thread ends with the process. A rebuild that is interrupted this way is begun again a minute later.
    """

    def __init__(self) -> None:
        self._thread: Thread | None = None

    def __call__(self) -> None:
        """Look for a task."""
        if self._thread is not None and self._thread.is_alive():
            return
        task = maintenance.claim()
        session.rollback()
        if task is not None:
            self._thread = Thread(target=_run_in_app, args=(app_ctx.app, task), daemon=True, name="search-index")
            self._thread.start()

    def wait(self) -> None:
        """Wait for the task that is carried out."""
        if self._thread is not None:
            self._thread.join()


def _run_in_app(app: Flask, task: Task) -> None:
    with app.app_context():
        try:
            run(task)
        except Exception:
            log.exception("the %s of the search index failed", task)


def run(task: Task) -> None:
    """Carry out a task; the job refresh-similar compares the threads again after a rebuild."""
    language = snapshot().language
    if task is Task.REBUILD:
        session.rollback()
        reindex_online(lambda *_: None, new_language=language)
        return
    problems = list(index_problems(language))
    session.rollback()
    with transaction():
        maintenance.note_check(problems)
