"""The backends of the ephemeral store: SQLite, PostgreSQL, and Redis beside SQLite."""

import atexit
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask
from sqlalchemy import create_engine, inspect, text

from forum.infra.database.db import Model, db, open_databases
from forum.infra.ephemeral import ephemeral_store
from forum.infra.settings import Settings
from forum.models import Member
from tests.databases import copy_sqlite, postgres_copy, postgres_database, postgres_url, redis_url

_folders = ExitStack()
atexit.register(_folders.close)
KEY = "a key of the tests, long enough to be taken"
WORKING = ["tests.presence.test_processes", "tests.infra.test_limits_processes"]  # what starts processes: one server
DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
BACKENDS = [*DATABASES, pytest.param("redis", marks=pytest.mark.redis)]


def settings_for(backend: str, folder: Path, *, limits: bool = True) -> Settings:
    """Settings of a deployment with empty tables, as the models describe them."""
    if backend == "postgres":
        where = postgres_copy(_postgres_tables(), "tables")
    else:
        where = _sqlite_in(folder)
        if not (folder / "forum.sqlite3").exists():
            copy_sqlite(_sqlite_tables(), folder)
    line = redis_url() if backend == "redis" else ""
    return Settings(data=folder, database_url=where, secret_key=KEY, redis_url=line, limits=limits)


@cache
def _sqlite_tables() -> Path:
    """A database with the tables: to create them takes a tenth of a second."""
    folder = Path(_folders.enter_context(TemporaryDirectory()))
    with bare_app_for(Settings(data=folder, database_url=_sqlite_in(folder), secret_key=KEY)):
        return folder / "forum.sqlite3"


@cache
def _postgres_tables() -> str:
    """The name of a PostgreSQL database with the tables, also those of the ephemeral store."""
    name = "empty_tables"
    with TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), database_url=postgres_database(name), secret_key=KEY)
        with bare_app_for(settings):
            return name


def _sqlite_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'forum.sqlite3'}"


def empty_postgres() -> str:
    """The URL of a PostgreSQL database without tables."""
    engine = create_engine(postgres_url())
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return postgres_url()


@contextmanager
def bare_app_for(settings: Settings) -> Iterator[Flask]:
    """An app that has only its databases."""
    app = Flask("room")
    open_databases(app, settings)
    with app.app_context():
        ephemeral_store.create_tables(app.extensions["forum.ephemeral"])
        if not inspect(db.engine).has_table(Member.__tablename__):
            Model.metadata.create_all(db.engine)
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
            app.extensions["forum.ephemeral"].dispose()


def run_in_processes(work: Callable[[Settings, int], None], settings: Settings, many: int = 3) -> None:
    """Run a function in several processes at once and wait for them; each gets its number."""
    workers = start_processes(work, settings, range(many))
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * many


def start_processes(
    work: Callable[[Settings, int], None], settings: Settings, numbers: Iterable[int]
) -> list[BaseProcess]:
    """Start a process for each number."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*WORKING, work.__module__])
    workers: list[BaseProcess] = [context.Process(target=work, args=(settings, number)) for number in numbers]
    for worker in workers:
        worker.start()
    return workers
