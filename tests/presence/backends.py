"""The backends of the ephemeral store: SQLite, PostgreSQL, and Redis beside SQLite."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from forum.infra.database.db import Model, db, open_databases
from forum.infra.ephemeral import ephemeral_store
from forum.infra.settings import Settings
from tests.databases import postgres_url, redis_url

KEY = "a key of the tests, long enough to be taken"
DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
BACKENDS = [*DATABASES, pytest.param("redis", marks=pytest.mark.redis)]


def settings_for(backend: str, folder: Path, *, limits: bool = True) -> Settings:
    """Settings of a deployment with empty stores."""
    where = f"sqlite:///{folder / 'forum.sqlite3'}"
    if backend == "postgres":
        where = postgres_url()
        engine = create_engine(where)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    line = redis_url() if backend == "redis" else ""
    return Settings(data=folder, database_url=where, secret_key=KEY, redis_url=line, limits=limits)


@contextmanager
def bare_app_for(settings: Settings) -> Iterator[Flask]:
    """An app that has only its databases."""
    app = Flask("room")
    open_databases(app, settings)
    with app.app_context():
        ephemeral_store.create_tables(app.extensions["forum.ephemeral"])
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
    context.set_forkserver_preload([work.__module__])
    workers: list[BaseProcess] = [context.Process(target=work, args=(settings, number)) for number in numbers]
    for worker in workers:
        worker.start()
    return workers
