"""How connections to the databases are made and kept: the content's, and the store of what may be lost."""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError

from forum.infra.ephemeral_files import EphemeralFile
from forum.infra.ephemeral_tables import METADATA
from forum.infra.settings import Settings
from forum.infra.sqlite import BUSY_TIMEOUT_MS, EPHEMERAL_CACHE_KIB, enable_wal, tune

# libpq's words for: a server whose machine or line is gone is known to be so within ten seconds
KEEPALIVE_OPTIONS = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
SQLITE_CONNECT_ARGS = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}


def engine_options(settings: Settings) -> dict[str, Any]:
    """How connections are made and kept."""
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
    """Give up a PostgreSQL that hangs; SQLite's waits have their end anyway (BUSY_TIMEOUT_MS)."""
    if engine.dialect.name == "postgresql":
        from forum.infra import postgres  # noqa: PLC0415 - psycopg is five megabytes that SQLite has no use for

        postgres.install_timeouts(engine)
    return engine


def ephemeral_engine(settings: Settings) -> Engine:
    """The engine of what may be lost without harm: presence, limits, views not yet counted."""
    if settings.is_sqlite:
        return _file_engine(ephemeral_file(settings))
    engine = with_timeouts(create_engine(settings.database_url, **engine_options(settings) | {"pool_size": 4}))
    event.listen(engine, "connect", lambda connection, _: _commit_asynchronously(connection))
    return engine


def _commit_asynchronously(connection: Any) -> None:
    connection.execute("SET synchronous_commit TO off")
    connection.commit()


def ephemeral_file(settings: Settings) -> EphemeralFile:
    """The file of what may be lost, where the content lies in SQLite too."""
    return EphemeralFile(settings.data / "volatile.sqlite3", _make_tables)


def _make_tables(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    METADATA.create_all(engine)
    engine.dispose()


class _Connection(sqlite3.Connection):
    """Knows which file it was opened on."""

    file: tuple[int, int] | None = None


def _file_engine(file: EphemeralFile) -> Engine:
    """An engine that leaves connections to a file that was replaced, and replaces a file that is damaged."""

    def connect() -> _Connection:
        connection = sqlite3.connect(file.path, factory=_Connection, **cast("dict[str, Any]", SQLITE_CONNECT_ARGS))
        enable_wal(connection)
        connection.file = file.identity()
        return connection

    def leave_old_file(connection: _Connection, *_: object) -> None:
        if connection.file != file.identity():
            raise DisconnectionError

    def heal(context: ExceptionContext) -> None:
        if file.heal(context.original_exception):
            context.is_disconnect = True  # a new connection is to be made

    file.ensure()
    engine = create_engine(f"sqlite:///{file.path}", creator=partial(file.open, connect))
    event.listen(engine, "checkout", leave_old_file)
    event.listen(engine, "handle_error", heal)
    return tune(engine, synchronous="OFF", cache=EPHEMERAL_CACHE_KIB)
