"""What every connection to a SQLite file is told, and how a transaction that writes waits for its turn."""

import random
import sqlite3
import time
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

BUSY_TIMEOUT_MS = 5000
CACHE_KIB, EPHEMERAL_CACHE_KIB = (
    600,
    100,
)  # of a connection; a process has up to eight to each, and the system keeps pages too
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
LOCK_POLL_SECONDS = (0.0002, 0.001)  # seconds between two looks at a write lock that somebody else holds

_turn_to_look = Lock()


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says that a file is not, or no longer, a whole database."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED


def tune(engine: Engine, *, synchronous: str = "FULL", cache: int = CACHE_KIB) -> Engine:
    """Give SQLite its pragmas and its own BEGIN; other engines are left as they are."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: _set_pragmas(connection, synchronous, cache))
        event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, synchronous: str, cache: int) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
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
    """Let readers and a writer not wait for each other.

    In a new file SQLite does not wait for others that are about to do the same, but refuses at once.
    """
    _patiently(connection, "PRAGMA journal_mode=WAL", time.monotonic() + BUSY_TIMEOUT_MS / 1000)


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("forum_writes"):
        connection.exec_driver_sql("BEGIN")
        return
    try:
        _take_write_lock(connection.connection.driver_connection)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in BUSY:
            raise OperationalError("BEGIN IMMEDIATE", None, error) from error
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # fails again, now where the engine's listeners hear of it


def _take_write_lock(connection: Any) -> None:
    """Ask for SQLite's one write lock again and again, a little apart, until it is had or BUSY_TIMEOUT_MS are over.

    SQLite's own waiting sleeps the longer the longer one has waited, so that whoever came first loses to whoever
    comes last. Here all wait at even odds: one thread of a process looks, the others stand behind it.
    """
    end = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    if not _turn_to_look.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
        raise sqlite3.OperationalError("database is locked")
    connection.execute("PRAGMA busy_timeout=0")
    try:
        _patiently(connection, "BEGIN IMMEDIATE", end)
    finally:
        _turn_to_look.release()
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _patiently(connection: Any, statement: str, end: float) -> None:
    """Carry out a statement as soon as nobody else is at it; after the end that is an error."""
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in BUSY or time.monotonic() > end:
                raise
            time.sleep(random.uniform(*LOCK_POLL_SECONDS))  # noqa: S311 - nothing secret
        else:
            return
