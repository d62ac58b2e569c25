"""Whether what was kept still holds: exact where the content lies in a file beside us, half a second old elsewhere."""

import sqlite3
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from flask import Flask
from sqlalchemy import Connection, make_url, select

from forum import page_versions
from forum.infra.db import db
from forum.infra.read_routing import replica
from forum.infra.settings import Settings
from forum.models import Thread
from forum.presence.state import state

# what forum.page_versions asks, in words that the driver alone understands: no statement is built at every look
OF_THREAD, OF_FORUM = page_versions.page_version_sql()
LAST_POSITION = "SELECT max(last_visible_position) FROM thread WHERE id = ?"  # a row also where there is no thread
CONTENT_MAX_AGE_SECONDS = 0.5  # in which another node's reply may be missing from a page that was kept
CHECK_INTERVAL_SECONDS = 0.002  # in which SQLite is not asked again whether anybody wrote
VIEWERS_MAX_AGE_SECONDS = 1.0  # in which somebody who came or left elsewhere may be


@dataclass(slots=True)
class Validator:
    """What was known when something was made or last found to hold."""

    version: tuple[object, ...]
    change: float


class Validators(Protocol):
    """Says whether a page's content, and who is counted in it, are as they were."""

    waits: bool  # whether `positions` may wait for a server, and does not belong on an event loop

    def stamp(self, thread_id: int) -> Validator:
        """The present version of a thread's pages, of the lists for 0: to be taken before a page is made."""

    def holds(self, thread_id: int, stamp: Validator) -> bool:
        """Whether nothing changed since the stamp, which is renewed then."""

    def holds_now(self, thread_id: int, stamp: Validator) -> bool | None:
        """The same without waiting for a server; None if only the database can say."""

    def viewers(self) -> float:
        """A number that moves when somebody may have come or left."""

    def content(self) -> float:
        """A number that moves when anything may have been written."""

    def positions(self, threads: Collection[int]) -> Mapping[int, int]:
        """The position of the last post that everybody sees, by thread."""


class TimedValidators:
    """Looks at the database again after a while: for PostgreSQL, which may be far away."""

    waits = True

    def __init__(self, app: Flask) -> None:
        self._app = app

    def stamp(self, thread_id: int) -> Validator:
        """One query."""
        return Validator(self._ask(thread_id), time.monotonic())

    def holds(self, thread_id: int, stamp: Validator) -> bool:
        """A query, but at most one each CONTENT_SECONDS."""
        now = time.monotonic()
        if now - stamp.change < CONTENT_MAX_AGE_SECONDS:
            return True
        if self._ask(thread_id) != stamp.version:
            return False
        stamp.change = now
        return True

    def holds_now(self, thread_id: int, stamp: Validator) -> bool | None:
        """Within CONTENT_SECONDS of the last query."""
        del thread_id
        return True if time.monotonic() - stamp.change < CONTENT_MAX_AGE_SECONDS else None

    def _ask(self, thread_id: int) -> tuple[object, ...]:
        with self._app.app_context(), self._connected() as connection:
            return tuple(connection.execute(page_versions.page_version_query(thread_id)).one())

    def _connected(self) -> Connection:
        return (replica() or db.engine).connect().execution_options(isolation_level="AUTOCOMMIT")

    def viewers(self) -> float:
        """Moves with the clock, and with what this process wrote."""
        return _changes_and_clock()

    def content(self) -> float:
        """Moves with the clock."""
        return time.monotonic() // VIEWERS_MAX_AGE_SECONDS

    def positions(self, threads: Collection[int]) -> Mapping[int, int]:
        """One query for all."""
        asked = select(Thread.id, Thread.last_visible_position).where(Thread.id.in_(threads))
        with self._app.app_context(), self._connected() as connection:
            return {row.id: row.last_visible_position for row in connection.execute(asked)}


def _changes_and_clock() -> float:
    return time.monotonic() // VIEWERS_MAX_AGE_SECONDS + state.here().changes * 1e9


class SqliteValidators:
    """Asks SQLite at every look whether anybody wrote (PRAGMA data_version): five microseconds, and never late."""

    waits = False

    def __init__(self, settings: Settings) -> None:
        self._content = _Watch(Path(make_url(settings.database_url).database or ""))
        self._volatile = None if settings.redis_url else _Watch(settings.data / "volatile.sqlite3")

    def stamp(self, thread_id: int) -> Validator:
        """The version, and SQLite's own count of changes before it was read."""
        change = self._content.changes()
        return Validator(self._version(thread_id), change)

    def holds(self, thread_id: int, stamp: Validator) -> bool:
        """Looks at the version only if anything at all was written."""
        change = self._content.changes()
        if change == stamp.change:
            return True
        if self._version(thread_id) != stamp.version:
            return False
        stamp.change = change
        return True

    def holds_now(self, thread_id: int, stamp: Validator) -> bool | None:
        """A look at the file is no waiting."""
        return self.holds(thread_id, stamp)

    def _version(self, thread_id: int) -> tuple[object, ...]:
        return self._content.ask(OF_THREAD, thread_id) if thread_id else self._content.ask(OF_FORUM)

    def viewers(self) -> float:
        """Moves when anything was written where presence is kept."""
        return self._volatile.changes() if self._volatile else _changes_and_clock()

    def content(self) -> float:
        """SQLite's own count of changes."""
        return self._content.changes()

    def positions(self, threads: Collection[int]) -> Mapping[int, int]:
        """A look at each thread's row."""
        return {thread: int(self._content.ask(LAST_POSITION, thread)[0] or 0) for thread in threads}


class _Watch:
    """A connection that only looks; its thread may be any, one at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, timeout=1.0
        )
        self._lock = Lock()
        self._changes, self._looked_at = -1, 0.0

    def changes(self) -> int:
        """SQLite's count of changes; of those who ask within LOOK_SECONDS only one looks.

        Each look lets other threads run, and under load comes back to the end of their row.
        """
        now = time.monotonic()
        if now - self._looked_at > CHECK_INTERVAL_SECONDS and self._lock.acquire(blocking=False):
            try:
                self._changes = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
                self._looked_at = now
            finally:
                self._lock.release()
        return self._changes

    def ask(self, question: str, *values: int) -> tuple[Any, ...]:
        with self._lock:
            return tuple(self._connection.execute(question, values).fetchone())


def validators_for(app: Flask, settings: Settings) -> Validators:
    """What fits the deployment."""
    return SqliteValidators(settings) if settings.is_sqlite else TimedValidators(app)
