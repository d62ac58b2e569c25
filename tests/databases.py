"""Which databases a test run uses, and how each test quickly gets a fresh one.

FORUM_TEST_DATABASE=postgresql puts the tests' forums into PostgreSQL; FORUM_TEST_REDIS=1 gives them a Redis too.
"""

import atexit
import hashlib
import os
import shutil
import sqlite3
import sys
from contextlib import ExitStack, closing, suppress
from functools import cache
from itertools import cycle
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from redis import Redis
from sqlalchemy import make_url

from forum.infra.settings import Settings
from tests.database_snapshots import Snapshot, take_snapshot
from tests.parts import in_ci
from tests.servers import postgres_server, redis_server

BLANK, HERE = "blank", "here"
EPHEMERAL = "volatile.sqlite3"  # copying it takes a tenth of the time of creating its tables
OURS, THEIRS = 0, cycle(range(1, 16))  # Redis has 16 databases: one for apps in this process, the rest for others
_servers = ExitStack()
atexit.register(_servers.close)


@cache
def postgres_url() -> str:
    """The server shared by all tests of a process; the URL of its database `forum`."""
    return _servers.enter_context(postgres_server())


@cache
def _redis() -> str:
    return _servers.enter_context(redis_server()).rpartition("/")[0]


def redis_url(number: int = OURS) -> str:
    """The URL of one database, emptied, on the Redis server shared by all tests of a process."""
    url = f"{_redis()}/{number}"
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


def on_postgres() -> bool:
    """Whether the tests' forums use PostgreSQL."""
    return os.environ.get("FORUM_TEST_DATABASE", "sqlite") == "postgresql"


def on_redis() -> bool:
    """Whether the tests' forums use Redis."""
    return os.environ.get("FORUM_TEST_REDIS", "") == "1"


def database_settings() -> dict[str, str]:
    """The settings that select the databases of a test's forum."""
    content = {"FORUM_DATABASE_URL": postgres_database(HERE)} if on_postgres() else {}
    return content | ({"FORUM_REDIS_URL": redis_url()} if on_redis() else {})


@cache
def deployment(data: Path) -> dict[str, str]:
    """The same for a separate service in a folder: after a restart it finds its data again."""
    name = "data_" + hashlib.sha256(str(data).encode()).hexdigest()[:16]
    content = {"FORUM_DATABASE_URL": postgres_database(name)} if on_postgres() else {}
    return content | ({"FORUM_REDIS_URL": redis_url(next(THEIRS))} if on_redis() else {})


def postgres_database(database: str) -> str:
    """The URL of one of the server's databases, created on first use."""
    _ensure(database)
    return _named(database)


def _named(database: str) -> str:
    return make_url(postgres_url()).set(database=database).render_as_string(hide_password=False)


def _plain(database: str) -> str:
    return (
        make_url(postgres_url()).set(drivername="postgresql", database=database).render_as_string(hide_password=False)
    )


def postgres_copy(template: str, name: str) -> str:
    """The URL of a copy of another database; later calls with the same name restore its original content."""
    if name not in _copies:
        _command(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        _command(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        _copies[name] = take_snapshot(_plain(name))
    elif not _copies[name].restore(_connection(name)):
        del _copies[name]
        return postgres_copy(template, name)
    return _named(name)


_copies: dict[str, Snapshot] = {}
_connections: dict[str, psycopg.Connection[tuple[Any, ...]]] = {}


def _connection(name: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection that is kept, as a new one must first read the catalogues; a new one if the server has closed it."""
    kept = _connections.get(name)
    with suppress(psycopg.OperationalError):
        if kept is not None and not kept.closed:
            kept.execute("SELECT 1")
            return kept
    _connections[name] = _servers.enter_context(closing(psycopg.connect(_plain(name), autocommit=True)))
    return _connections[name]


@cache
def _ensure(database: str) -> None:
    _command(f"CREATE DATABASE {database}")


def make_template(settings: Settings) -> None:
    """Make the forum's databases the template for all others, without its job heartbeat."""
    if settings.is_sqlite:
        with closing(sqlite3.connect(settings.data / EPHEMERAL)) as file, file:
            file.execute("DELETE FROM volatile_health")
        return
    with psycopg.connect(_plain(HERE)) as connection:
        connection.execute("DELETE FROM volatile_health")
    _command(f"ALTER DATABASE {HERE} RENAME TO {BLANK}")


def copy_blank(blank: Path, settings: Settings) -> None:
    """Give a forum a copy of the blank database: its two SQLite files or a PostgreSQL template."""
    if settings.is_sqlite:
        copy_sqlite(blank, settings.data)
        copy_sqlite(blank.with_name(EPHEMERAL), settings.data)
    else:
        postgres_copy(BLANK, HERE)


def copy_sqlite(source: Path, folder: Path) -> None:
    """Copy a SQLite database that nobody has open into a folder."""
    assert not source.with_name(f"{source.name}-wal").exists(), f"{source} is open"
    shutil.copyfile(source, folder / source.name)


def _command(words: str) -> None:
    with psycopg.connect(_plain("postgres"), autocommit=True) as connection:
        connection.execute(words)


def excluded_items(items: list[pytest.Item]) -> list[pytest.Item]:
    """Tests to skip: on PostgreSQL those about SQLite alone, on Redis those about a forum without Redis.

    Tests that name their databases themselves, or use none, would do the same again: they run where nothing is chosen
    for the others.
    """
    return [
        item
        for item in items
        if ((on_postgres() or on_redis()) and (_names_its_database(item) or not _can_use_the_runs_databases(item)))
        or (on_postgres() and item.get_closest_marker("sqlite") is not None)
        or (on_redis() and item.get_closest_marker("without_redis") is not None)
    ] + ([] if in_ci() or on_postgres() or on_redis() else _further_examples(items))


def _further_examples(items: list[pytest.Item]) -> list[pytest.Item]:
    """Of each test's cases that name PostgreSQL or Redis, three of four: outside CI all run on SQLite alone."""
    cases: dict[tuple[str, ...], list[pytest.Item]] = {}
    for item in items:
        if _names_its_database(item) and (server := {"postgres", "redis"} & set(_words(item))):
            cases.setdefault((item.nodeid.partition("[")[0], *sorted(server)[:1]), []).append(item)
    return [item for each in cases.values() for number, item in enumerate(each) if number % 4]


# what a test's forum gets this run's databases by: fixtures, functions, and modules that start processes
FIXTURES = frozenset({"blank", "settings"})
CHOOSING = frozenset({"database_settings", "deployment", "on_postgres", "on_redis", "settings_on"})
STARTING = frozenset({"subprocess", "tests.cli.commands", "tests.running"})
SHARED = frozenset({"tests.conftest", "tests.databases"})  # they import all that, which says nothing of their importers


def _can_use_the_runs_databases(item: pytest.Item) -> bool:
    """Whether a test or one of its fixtures can reach the databases chosen for this run."""
    if not isinstance(item, pytest.Function) or not FIXTURES.isdisjoint(item.fixturenames):
        return True
    found = [one.func for each in item._fixtureinfo.name2fixturedefs.values() for one in each]
    return any(_can_choose(sys.modules.get(one.__module__)) for one in (item.function, *found))


@cache
def _can_choose(module: ModuleType | None) -> bool:
    """Whether a module of the tests imports what reaches these databases, directly or through another one."""
    if module is None or not module.__name__.startswith("tests.") or module.__name__ in SHARED:
        return False
    names = {getattr(each, "__module__", None) or getattr(each, "__name__", "") for each in vars(module).values()}
    return (
        not CHOOSING.isdisjoint(vars(module))
        or not STARTING.isdisjoint(names)
        or any(_can_choose(sys.modules.get(name)) for name in sorted(map(str, names - {module.__name__})))
    )


def _names_its_database(item: pytest.Item) -> bool:
    return not {"sqlite", "postgres", "redis"}.isdisjoint(_words(item))


def _words(item: pytest.Item) -> list[str]:
    parameters = getattr(item, "callspec", None)
    return [value for value in parameters.params.values() if isinstance(value, str)] if parameters is not None else []
