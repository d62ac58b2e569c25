"""Whether the database can be written: one small write every few seconds, however often anybody asks."""

import sqlite3
import time
from contextlib import closing
from threading import Lock

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from forum.infra.db import db, current_settings
from forum.infra.ephemeral_store import PerApp
from forum.infra.outage_log import first_line
from forum.infra.settings import Settings
from forum.infra.sqlite import BUSY

ROW = "write probe"  # written and deleted again in one transaction, which reaches the disk as any other
GOOD_SECONDS, BAD_SECONDS = 10.0, 2.0  # so long is what was found taken for so
LOCK_SECONDS = 0.5  # who holds SQLite's lock longer is writing, so it can be written
ANSWER_MS = 2000
_WRITE = "INSERT INTO site_setting (name, value) VALUES (:name, '0')"
_DELETE = "DELETE FROM site_setting WHERE name = :name"


class WriteProbe:
    """What a process found when it wrote last."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, Lock()
        self._fault: str | None = None
        self._until = 0.0

    def fault(self) -> str | None:
        """What keeps this process from writing; None if nothing does."""
        if time.monotonic() >= self._until and self._lock.acquire(blocking=False):  # others take what was found last
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
    """What keeps this process from writing to the database; None if nothing does."""
    return _probe.of(current_settings()).fault()
