"""The backup job: makes requested backups in a thread of its own, since they may take long."""

import logging
from threading import Event, Thread

from flask import Flask
from flask.globals import app_ctx

from forum.backups import files, runs
from forum.backups.backup import backup
from forum.backups.errors import BadBackup
from forum.backups.schedule import current_schedule
from forum.health.checks import LOW_DISK_BYTES
from forum.infra.database.db import current_settings, db, session, transaction

log = logging.getLogger("forum.jobs")


class BackupJob:
    """Begins the pending backup, unless this process is making one.

    The thread ends with the process, so that a backup delays neither other jobs nor a restart; the claim then expires,
    and the backup is begun again.
    """

    def __init__(self) -> None:
        self._thread: Thread | None = None

    def __call__(self) -> None:
        """Look for a pending run."""
        if self._thread is not None and self._thread.is_alive():
            return
        run_id = runs.claim()
        if run_id is not None:
            self._thread = Thread(target=_make_in_app, args=(app_ctx.app, run_id), daemon=True, name="backup")
            self._thread.start()

    def wait(self) -> None:
        """Wait for the backup that is being made."""
        if self._thread is not None:
            self._thread.join()


def _make_in_app(app: Flask, run_id: int) -> None:
    with app.app_context():
        done = Event()
        renewal = Thread(target=runs.keep_claimed, args=(db.engine, run_id, done), daemon=True)
        renewal.start()
        try:
            make(run_id)
        except Exception as error:
            log.exception("the backup failed")
            runs.finish(run_id, error=type(error).__name__)
        finally:
            done.set()
            renewal.join()


def make(run_id: int) -> None:
    """Make a claimed backup and then delete the oldest ones beyond the number to keep."""
    settings = current_settings()
    try:
        path = files.new_path(settings)
        files.delete_remains(settings)
        files.require_space(settings, spare=LOW_DISK_BYTES)
        backup(settings, path)
    except (BadBackup, OSError) as error:
        log.error("the backup failed: %s", error)
        runs.finish(run_id, error=str(error))
        return
    runs.finish(run_id, name=path.name)
    keep = current_schedule().keep
    session.rollback()
    too_many = files.delete(files.listed(settings)[keep:])
    if too_many:
        with transaction():
            runs.forget_files(too_many)
