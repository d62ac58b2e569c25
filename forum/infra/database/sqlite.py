"""Pragmas of every SQLite connection, and how write transactions wait for the write lock."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

BUSY_TIMEOUT_MS = 5000
CACHE_KIB, EPHEMERAL_CACHE_KIB = (
    600,
    100,
)  # per connection, up to eight to each file per process; the OS caches pages too
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
LOCK_POLL_SECONDS = (0.0002, 0.001)  # seconds between two attempts to take a held write lock


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite reports that a file is corrupt or not a database."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED


def tune(engine: Engine, *, synchronous: str = "FULL", cache: int = CACHE_KIB) -> Engine:
    """Set pragmas and explicit BEGIN on a SQLite engine; other engines are not changed."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: _set_up(connection, synchronous, cache))
        polling = Lock()  # per file, as a transaction may write to two of them
        event.listen(engine, "begin", lambda connection: _begin(connection, polling))
    return engine


@contextmanager
def closed_on_error(connection: Any) -> Iterator[None]:
    """Close a new connection that cannot be set up, such as while its server shuts down: no pool knows it."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _set_up(connection: Any, synchronous: str, cache: int) -> None:
    with closed_on_error(connection):
        _set_pragmas(connection, synchronous, cache)


def _set_pragmas(connection: Any, synchronous: str, cache: int) -> None:
    connection.isolation_level = None  # keeps the driver from beginning transactions itself
    enable_wal(connection)
    for pragma in (
        f"synchronous={synchronous}",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        f"cache_size=-{cache}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def enable_wal(connection: Any) -> None:
    """Enable WAL mode, so that readers and the writer do not block each other.

    In a new file, SQLite ignores the busy timeout and fails at once if another connection is doing the same.
    """
    _retry_while_busy(connection, "PRAGMA journal_mode=WAL", time.monotonic() + BUSY_TIMEOUT_MS / 1000)


def _begin(connection: Connection, polling: Lock) -> None:
    if not connection.get_execution_options().get("forum_writes"):
        connection.exec_driver_sql("BEGIN")
        return
    try:
        _take_write_lock(connection.connection.driver_connection, polling)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in BUSY:
            raise OperationalError("BEGIN IMMEDIATE", None, error) from error
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # fails again, this time visible to the engine's error listeners


def _take_write_lock(connection: Any, polling: Lock) -> None:
    """Retry BEGIN IMMEDIATE at short intervals until it succeeds or BUSY_TIMEOUT_MS have passed.

    SQLite's busy handler sleeps longer with every retry, so that early waiters lose to late ones. Here all have equal
    chances: one thread per process and file polls, the others queue behind it.
    """
    end = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    if not polling.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error
    connection.execute("PRAGMA busy_timeout=0")
    try:
        _retry_while_busy(connection, "BEGIN IMMEDIATE", end)
    finally:
        polling.release()
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _retry_while_busy(connection: Any, statement: str, end: float) -> None:
    """Retry a statement while the database is busy; raises OperationalError after `end`."""
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in BUSY or time.monotonic() > end:
                raise
            time.sleep(random.uniform(*LOCK_POLL_SECONDS))  # noqa: S311 - nothing secret
        else:
            return
