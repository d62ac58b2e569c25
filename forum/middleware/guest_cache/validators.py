"""Cache validators: whether a cached page is still valid; exact on SQLite, up to half a second late on PostgreSQL."""

import sqlite3
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, cast

from flask import Flask
from sqlalchemy import Connection, make_url, select

from forum import page_versions
from forum.infra.database.db import db
from forum.infra.database.engines import ephemeral_file
from forum.infra.database.read_routing import replica
from forum.infra.database.sqlite import closed_on_error
from forum.infra.settings import Settings
from forum.models import Thread
from forum.presence.state import state

# the queries of forum.page_versions as plain SQL for the driver, so that no check builds a statement
OF_THREAD, OF_FORUM = page_versions.page_version_sql()
LAST_POSITION = "SELECT max(last_visible_position) FROM thread WHERE id = ?"  # max() gives a row for no thread too
CONTENT_MAX_AGE_SECONDS = 0.5  # for which a cached page may lack another node's reply
CHECK_INTERVAL_SECONDS = 0.002  # for which SQLite is not checked again for writes
VIEWERS_MAX_AGE_SECONDS = 1.0  # for which a viewer fragment may miss arrivals and departures on other nodes


@dataclass(slots=True)
class Validator:
    """The page version and change number at which a page was rendered or last found valid."""

    version: tuple[object, ...]
    change: float

    def of_site(self) -> tuple[int, int]:
        """The site's version and number of removed threads, which a page rendered after the stamp must show."""
        version, removals = (int(cast("int", number or 0)) for number in self.version[1:])
        return version, removals


class Validators(Protocol):
    """Detects changes to page content and to viewers."""

    waits: bool  # whether `positions` may wait for a server and must stay off the event loop

    def stamp(self, thread_id: int) -> Validator:
        """The current version of a thread's pages, or of the lists for 0; take it before rendering a page."""

    def holds(self, thread_id: int, stamp: Validator) -> bool:
        """Whether nothing changed since the stamp; if so, the stamp is renewed."""

    def holds_now(self, thread_id: int, stamp: Validator) -> bool | None:
        """Like `holds`, but never waits for a server; None if only the database can tell."""

    def viewers(self) -> float:
        """A number that changes when a viewer may have arrived or left."""

    def content(self) -> float:
        """A number that changes when anything may have been written."""

    def positions(self, threads: Collection[int]) -> Mapping[int, int]:
        """The position of the last publicly visible post, by thread."""


class TimedValidators:
    """Checks the database again after an interval: for PostgreSQL, which may be remote."""

    waits = True

    def __init__(self, app: Flask) -> None:
        self._app = app

    def stamp(self, thread_id: int) -> Validator:
        """One query."""
        return Validator(self._ask(thread_id), time.monotonic())

    def holds(self, thread_id: int, stamp: Validator) -> bool:
        """One query at most every CONTENT_MAX_AGE_SECONDS per stamp."""
        now = time.monotonic()
        if now - stamp.change < CONTENT_MAX_AGE_SECONDS:
            return True
        if self._ask(thread_id) != stamp.version:
            return False
        stamp.change = now
        return True

    def holds_now(self, thread_id: int, stamp: Validator) -> bool | None:
        """True within CONTENT_MAX_AGE_SECONDS of the last query."""
        del thread_id
        return True if time.monotonic() - stamp.change < CONTENT_MAX_AGE_SECONDS else None

    def _ask(self, thread_id: int) -> tuple[object, ...]:
        with self._app.app_context(), self._connected() as connection:
            return tuple(connection.execute(page_versions.page_version_query(thread_id)).one())

    def _connected(self) -> Connection:
        return (replica() or db.engine).connect().execution_options(isolation_level="AUTOCOMMIT")

    def viewers(self) -> float:
        """Changes every VIEWERS_MAX_AGE_SECONDS and with each write of this process."""
        return _changes_and_clock()

    def content(self) -> float:
        """Changes every VIEWERS_MAX_AGE_SECONDS."""
        return time.monotonic() // VIEWERS_MAX_AGE_SECONDS

    def positions(self, threads: Collection[int]) -> Mapping[int, int]:
        """One query for all threads."""
        statement = select(Thread.id, Thread.last_visible_position).where(Thread.id.in_(threads))
        with self._app.app_context(), self._connected() as connection:
            return {row.id: row.last_visible_position for row in connection.execute(statement)}


def _changes_and_clock() -> float:
    return time.monotonic() // VIEWERS_MAX_AGE_SECONDS + state.here().changes * 1e9


class SqliteValidators:
    """Checks SQLite for writes each time (PRAGMA data_version): five microseconds, and changes are seen at once."""

    waits = False

    def __init__(self, settings: Settings) -> None:
        self._content = _ChangeCounter(partial(_read_only, Path(make_url(settings.database_url).database or "")))
        file = ephemeral_file(settings)
        self._ephemeral = _ChangeCounter(partial(file.open, partial(_read_only, file.path)))
        self._uses_file = not settings.redis_url

    def stamp(self, thread_id: int) -> Validator:
        """The version, and SQLite's change counter from before it was read."""
        change = self._content.changes()
        return Validator(self._version(thread_id), change)

    def holds(self, thread_id: int, stamp: Validator) -> bool:
        """Query the version only if anything was written."""
        change = self._content.changes()
        if change == stamp.change:
            return True
        if self._version(thread_id) != stamp.version:
            return False
        stamp.change = change
        return True

    def holds_now(self, thread_id: int, stamp: Validator) -> bool | None:
        """Same as `holds`: reading a local file does not wait for a server."""
        return self.holds(thread_id, stamp)

    def _version(self, thread_id: int) -> tuple[object, ...]:
        return self._content.fetch_row(OF_THREAD, thread_id) if thread_id else self._content.fetch_row(OF_FORUM)

    def viewers(self) -> float:
        """Changes with any write to the presence store; while its file cannot be read, as on PostgreSQL."""
        try:
            return self._ephemeral.changes() if self._uses_file else _changes_and_clock()
        except sqlite3.Error:
            return _changes_and_clock()

    def content(self) -> float:
        """SQLite's change counter."""
        return self._content.changes()

    def positions(self, threads: Collection[int]) -> Mapping[int, int]:
        """One query per thread."""
        return {thread: int(self._content.fetch_row(LAST_POSITION, thread)[0] or 0) for thread in threads}


def _read_only(path: Path) -> sqlite3.Connection:
    """A connection that has opened the file: SQLite itself opens it on first use."""
    address = f"{path.resolve().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=1.0)
    with closed_on_error(connection):
        connection.execute("PRAGMA data_version").fetchone()
    return connection


class _ChangeCounter:
    """A read-only connection, opened on first use and shared by threads under a lock."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._lock = Lock()
        self._changes, self._checked_at = -1, 0.0

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        return self._connect()

    def changes(self) -> int:
        """SQLite's change counter, read at most once per CHECK_INTERVAL_SECONDS.

        Each read releases the GIL, and under load has to queue for it again.
        """
        now = time.monotonic()
        if now - self._checked_at > CHECK_INTERVAL_SECONDS and self._lock.acquire(blocking=False):
            try:
                self._changes = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
                self._checked_at = now
            finally:
                self._lock.release()
        return self._changes

    def fetch_row(self, sql: str, *values: int) -> tuple[Any, ...]:
        with self._lock:
            return tuple(self._connection.execute(sql, values).fetchone())


def validators_for(app: Flask, settings: Settings) -> Validators:
    """The validators for the deployment's database."""
    return SqliteValidators(settings) if settings.is_sqlite else TimedValidators(app)
