"""A transaction for a great many rows: as ever, or quicker where nobody's work can be lost by it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import make_url, select, text

from forum.archive.store_sqlite import sync
from forum.infra.db import current_settings, db, on_sqlite, session, transaction
from forum.models import Member
from forum.search.index.tables import POSTS, THREADS

# A killed process leaves a journal by which SQLite takes the transaction back; only a power cut can break the file.
PRAGMAS = ("journal_mode=DELETE", "synchronous=OFF", "cache_size=-200000", "temp_store=FILE")
DEFAULT_HASH_BYTES, BULK_HASH_BYTES = 1 << 20, 64 << 20  # bytes of words that FTS5 gathers before it writes them
BULK_TABLES = (
    "thread",
    "post",
    "post_revision",
    "reaction",
    "notification",
    "thread_read",
)  # their indexes are made last


@contextmanager
def fast_fill_transaction() -> Iterator[None]:
    """A transaction: all or nothing, also if the process is killed.

    A forum in SQLite that nobody has joined and nobody has open is filled without a log, and lies on the disk when this
    ends.
    """
    if not (on_sqlite() and _is_nobodys() and _is_ours_alone()):
        with transaction():
            yield
        return
    try:
        with transaction():
            yield
    finally:
        db.engine.dispose()  # a new connection has its pragmas again
    sync(Path(str(make_url(current_settings().database_url).database)))


@contextmanager
def without_indexes() -> Iterator[None]:
    """Write rows that SQLite indexes afterwards, all at once, and words that it gathers for long; in a transaction."""
    if not on_sqlite():
        yield
        return
    indexes = _drop_indexes()
    _gather(BULK_HASH_BYTES)
    yield
    _gather(DEFAULT_HASH_BYTES)
    for statement in indexes:
        session.connection().exec_driver_sql(statement)


def _is_nobodys() -> bool:
    """Whether no member can log in."""
    found = session.scalar(select(Member.id).where(Member.password_hash.is_not(None)).limit(1))
    session.rollback()
    return found is None


def _is_ours_alone() -> bool:
    """Prepare the connection that stays in the pool for the next transaction; false if others have the file open."""
    session.remove()
    db.engine.dispose()
    with db.engine.connect() as connection:
        raw = cast("sqlite3.Connection", connection.connection.driver_connection)
        try:
            for pragma in PRAGMAS:
                raw.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError:
            return False
    return True


def _drop_indexes() -> list[str]:
    """Drop the indexes that no constraint needs; the statements that make them again."""
    found = session.execute(text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"))
    indexes = [row for row in found if row.tbl_name in BULK_TABLES]
    for row in indexes:
        session.connection().exec_driver_sql(f"DROP INDEX {row.name}")
    return [row.sql for row in indexes]


def _gather(size: int) -> None:
    for index in (THREADS, POSTS):
        statement = f"INSERT INTO {index.name} ({index.name}, rank) VALUES ('hashsize', {size})"  # noqa: S608 - ours
        session.connection().exec_driver_sql(statement)
