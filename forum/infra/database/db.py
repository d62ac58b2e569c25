"""The database: the declarative base, the session, and how a transaction begins and ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, cast

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Executable,
    MetaData,
    make_url,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session
from sqlalchemy.types import TypeDecorator

from forum.infra.database.engines import engine_options, ephemeral_engine, with_timeouts
from forum.infra.database.outages import is_busy, is_outage
from forum.infra.database.read_routing import replica, use_primary
from forum.infra.database.sqlite import tune
from forum.infra.database.timeouts import COMMANDS, Timeouts, current_timeouts, use_timeouts
from forum.infra.settings import BadSetting, Settings

MIGRATION_LOCK, ARCHIVE_LOCK, INDEX_LOCK = 7204611, 7204612, 0x666F72756D  # PostgreSQL's advisory locks

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

_active_app: ContextVar[tuple[Settings, Engine] | None] = ContextVar("entered", default=None)


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware datetime in UTC; raises ValueError for naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; SQLite stores it without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Make every stored datetime timezone-aware again."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value and value.astimezone(UTC)


class Model(DeclarativeBase):
    """Base of all models."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar = {datetime: UtcDateTime}


class _Session(FlaskSession):
    """Uses the replica for requests routed to it, and the primary for everything else."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """The engine or connection for a statement."""
        return replica() or super().get_bind(*args, **kwargs)


db = SQLAlchemy(metadata=Model.metadata, session_options={"class_": _Session})
session = cast("scoped_session[Session]", db.session)


def open_databases(app: Flask, settings: Settings) -> None:
    """Bind the content database and the ephemeral database to an app."""
    if settings.is_sqlite:
        _make_private_files(settings)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    app.extensions["forum.settings"] = settings
    with app.app_context():
        tune(with_timeouts(db.engine))
    app.extensions["forum.ephemeral"] = ephemeral_engine(settings)


def _make_private_files(settings: Settings) -> None:
    """Make the database file readable for its owner only; SQLite gives its -wal and -shm files the same mode."""
    path = Path(str(make_url(settings.database_url).database))
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            path.touch(mode=0o600)
    except OSError as error:
        raise BadSetting(f"FORUM_DATABASE_URL: {path} cannot be created: {error.strerror}.") from error
    if not path.is_file():
        raise BadSetting(f"FORUM_DATABASE_URL: {path} is not a file.")
    for required in (path, path.parent, settings.data):
        if not os.access(required, os.W_OK):
            raise BadSetting(f"{required} is not writable: check its owner, and whether the disk is read-only.")


@contextmanager
def without_timeouts() -> Iterator[None]:
    """Disable the PostgreSQL timeouts: for work that another node may block, or that has long statements."""
    before = current_timeouts()
    _reconnect(COMMANDS)
    try:
        yield
    finally:
        _reconnect(before)


def _reconnect(timeouts: Timeouts) -> None:
    if current_timeouts() != timeouts:
        use_timeouts(timeouts)
        db.engine.dispose()


def start_writing() -> None:
    """Roll back the read transaction and begin a write transaction.

    SQLite takes its write lock here (BEGIN IMMEDIATE), so that a transaction that has already read never fails on its
    first write. Objects loaded before are refreshed on use.
    """
    session.rollback()
    use_primary()
    session.connection(execution_options={"forum_writes": True})


@contextmanager
def transaction() -> Iterator[None]:
    """A write transaction for commands, archive and jobs: committed at the end, rolled back on errors."""
    start_writing()
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def ephemeral_transaction(*, writing: bool = True) -> Iterator[Connection]:
    """A short, separate transaction in the ephemeral database; readers do not block each other."""
    active = _active_app.get()
    engine: Engine = active[1] if active else current_app.extensions["forum.ephemeral"]
    with engine.connect().execution_options(forum_writes=writing) as connection, connection.begin():
        yield connection


def current_settings() -> Settings:
    """The settings of the running app."""
    active = _active_app.get()
    return active[0] if active else cast("Settings", current_app.extensions["forum.settings"])


def use_app(app: Flask | None) -> None:
    """Set the app for code that runs outside an app context, such as WSGI middleware; None resets it."""
    _active_app.set((app.extensions["forum.settings"], app.extensions["forum.ephemeral"]) if app else None)


def on_sqlite() -> bool:
    """Whether the content database is SQLite."""
    return db.engine.dialect.name == "sqlite"


def best_effort_write(*statements: Executable) -> None:
    """Execute small writes beside the request's own ("last seen", "last used"), dropped if the database is busy.

    They join the current transaction if it is a write transaction, else they have a short one of their own.
    """
    if _is_writing():  # a second connection would wait for our own write lock
        for statement in statements:
            session.execute(statement, execution_options={"synchronize_session": False})
        return
    try:
        with db.engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
            for statement in statements:
                connection.execute(statement)
    except (DBAPIError, PoolTimeout) as error:
        if not (is_busy(error) or is_outage(error)):  # a busy database or a full disk keeps nobody from reading
            raise


def _is_writing() -> bool:
    if not session().in_transaction():
        return False
    return bool(session.connection().get_execution_options().get("forum_writes"))
