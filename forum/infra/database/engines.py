"""Engines and connection options for the content database and the ephemeral database."""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError

from forum.infra.database.ephemeral_files import EphemeralFile
from forum.infra.database.ephemeral_tables import METADATA
from forum.infra.database.sqlite import BUSY_TIMEOUT_MS, EPHEMERAL_CACHE_KIB, closed_on_error, enable_wal, tune
from forum.infra.settings import Settings

# libpq options: detect within ten seconds that the server's machine or the network is gone
KEEPALIVE_OPTIONS = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
SQLITE_CONNECT_ARGS = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}


def engine_options(settings: Settings) -> dict[str, Any]:
    """SQLAlchemy's engine options for the content database."""
    if settings.is_sqlite:
        return {"connect_args": SQLITE_CONNECT_ARGS}
    return {
        "pool_pre_ping": True,
        "pool_size": 8,
        "max_overflow": 8,
        "pool_timeout": 3,
        "connect_args": KEEPALIVE_OPTIONS,
    }


def with_timeouts(engine: Engine) -> Engine:
    """Add timeouts for a PostgreSQL server that hangs; SQLite always has one (BUSY_TIMEOUT_MS)."""
    if engine.dialect.name == "postgresql":
        from forum.infra.database import postgres  # noqa: PLC0415 - psycopg takes 5 MB, which SQLite does not need

        postgres.install_timeouts(engine)
    return engine


def ephemeral_engine(settings: Settings) -> Engine:
    """The engine for data that may be lost without harm: presence, rate limits, views not yet counted."""
    if settings.is_sqlite:
        return _file_engine(ephemeral_file(settings))
    engine = with_timeouts(create_engine(settings.database_url, **engine_options(settings) | {"pool_size": 4}))
    event.listen(engine, "connect", lambda connection, _: _commit_asynchronously(connection))
    return engine


def _commit_asynchronously(connection: Any) -> None:
    with closed_on_error(connection):
        connection.execute("SET synchronous_commit TO off")
        connection.commit()


def ephemeral_file(settings: Settings) -> EphemeralFile:
    """The file of the ephemeral database, if the content database is SQLite."""
    return EphemeralFile(settings.data / "volatile.sqlite3", _make_tables)


def _make_tables(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    METADATA.create_all(engine)
    engine.dispose()


class _Connection(sqlite3.Connection):
    """A connection that remembers which file it opened."""

    file: tuple[int, int] | None = None


def _file_engine(file: EphemeralFile) -> Engine:
    """An engine that discards connections to a replaced file and replaces a damaged file."""
    address = f"{file.path.absolute().as_uri()}?mode=rw"  # only EphemeralFile creates it, with its tables

    def connect() -> _Connection:
        identity = file.identity()
        options = cast("dict[str, Any]", SQLITE_CONNECT_ARGS)
        connection = sqlite3.connect(address, uri=True, factory=_Connection, **options)
        connection.file = identity
        with closed_on_error(connection):
            enable_wal(connection)
        return connection

    def discard_if_replaced(connection: _Connection, *_: object) -> None:
        if connection.file != file.identity():
            raise DisconnectionError

    def heal(context: ExceptionContext) -> None:
        if file.heal(context.original_exception):
            context.is_disconnect = True  # makes the pool reconnect

    file.ensure()
    engine = create_engine(f"sqlite:///{file.path}", creator=partial(file.open, connect))
    event.listen(engine, "checkout", discard_if_replaced)
    event.listen(engine, "handle_error", heal)
    return tune(engine, synchronous="OFF", cache=EPHEMERAL_CACHE_KIB)
