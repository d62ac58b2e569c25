"""Probes whether the database can be written: at most one small write every few seconds per process."""

import sqlite3
import time
from contextlib import closing
from threading import Lock

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from forum.infra.database.db import current_settings, db
from forum.infra.database.per_app import PerApp
from forum.infra.database.sqlite import BUSY
from forum.infra.ephemeral.outage_log import first_line
from forum.infra.settings import Settings

ROW = "write probe"  # inserted and deleted in one transaction, which reaches the disk like any other
GOOD_SECONDS, BAD_SECONDS = 10.0, 2.0  # for which a result is cached
LOCK_SECONDS = 0.5  # if SQLite is locked longer, another process is writing, so it is writable
ANSWER_MS = 2000
_WRITE = "INSERT INTO site_setting (name, value) VALUES (:name, '0')"
_DELETE = "DELETE FROM site_setting WHERE name = :name"


class WriteProbe:
    """The cached result of this process's last write."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, Lock()
        self._fault: str | None = None
        self._until = 0.0

    def fault(self) -> str | None:
        """The error that keeps this process from writing; None if there is none."""
        if time.monotonic() >= self._until and self._lock.acquire(blocking=False):  # other threads use the last result
            try:
                self._fault = self._write()
                self._until = time.monotonic() + (BAD_SECONDS if self._fault else GOOD_SECONDS)
            finally:
                self._lock.release()
        return self._fault

    def _write(self) -> str | None:
        try:
            (self._write_file if self._settings.is_sqlite else self._write_server)()
        except sqlite3.OperationalError as error:
            is_busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in BUSY
            return None if is_busy else first_line(error)
        except (sqlite3.Error, SQLAlchemyError) as error:
            return first_line(error)
        return None

    def _write_file(self) -> None:
        path = str(make_url(self._settings.database_url).database)
        with closing(sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            for statement in (_WRITE, _DELETE):
                connection.execute(statement, {"name": ROW})
            connection.execute("COMMIT")

    def _write_server(self) -> None:
        with db.engine.connect() as connection, connection.begin():
            connection.execute(text(f"SET LOCAL statement_timeout = {ANSWER_MS}"))
            for statement in (_WRITE, _DELETE):
                connection.execute(text(statement), {"name": ROW})


_probe = PerApp(WriteProbe)


def fault() -> str | None:
    """The error that keeps this process from writing to the database; None if there is none."""
    return _probe.of(current_settings()).fault()
