"""A transaction for bulk inserts, faster but not durable on SQLite where no member's work can be lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import make_url, select, text

from forum.backups.store_sqlite import sync
from forum.infra.database.db import current_settings, db, on_sqlite, session, transaction
from forum.models import Member
from forum.search.index.tables import POSTS, THREADS

# If the process is killed, SQLite rolls back from the journal; only a power failure can corrupt the file.
PRAGMAS = ("journal_mode=DELETE", "synchronous=OFF", "cache_size=-200000", "temp_store=FILE")
DEFAULT_HASH_BYTES, BULK_HASH_BYTES = 1 << 20, 64 << 20  # bytes of terms that FTS5 buffers before it writes them
BULK_TABLES = ("thread", "post", "post_revision", "reaction", "notification", "thread_read")  # indexes created last


@contextmanager
def fast_fill_transaction() -> Iterator[None]:
    """Run a transaction that is atomic even if the process is killed.

    A SQLite database that has no member who can log in and is open nowhere else is filled without WAL and fsync, and
    synced to disk at the end.
    """
    if not (on_sqlite() and _has_no_login() and _open_exclusively()):
        with transaction():
            yield
        return
    try:
        with transaction():
            yield
    finally:
        db.engine.dispose()  # a new connection gets the usual pragmas
    sync(Path(str(make_url(current_settings().database_url).database)))


@contextmanager
def without_indexes() -> Iterator[None]:
    """Create SQLite's indexes only after the rows are written, and let FTS5 buffer more; call inside a transaction."""
    if not on_sqlite():
        yield
        return
    indexes = _drop_indexes()
    _set_buffer_size(BULK_HASH_BYTES)
    yield
    _set_buffer_size(DEFAULT_HASH_BYTES)
    for statement in indexes:
        session.connection().exec_driver_sql(statement)


def _has_no_login() -> bool:
    """Whether no member can log in."""
    member_id = session.scalar(select(Member.id).where(Member.password_hash.is_not(None)).limit(1))
    session.rollback()
    return member_id is None


def _open_exclusively() -> bool:
    """Set the pragmas on the pooled connection that the next transaction uses; false if others have the file open."""
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
    """Drop the indexes that no constraint needs; return the statements that recreate them."""
    rows = session.execute(text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"))
    indexes = [row for row in rows if row.tbl_name in BULK_TABLES]
    for row in indexes:
        session.connection().exec_driver_sql(f"DROP INDEX {row.name}")
    return [row.sql for row in indexes]


def _set_buffer_size(size: int) -> None:
    for index in (THREADS, POSTS):
        statement = f"INSERT INTO {index.name} ({index.name}, rank) VALUES ('hashsize', {size})"  # noqa: S608 - ours
        session.connection().exec_driver_sql(statement)
