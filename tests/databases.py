"""Which databases a run of the tests is about, and how a test gets fresh ones in no time.

FORUM_TEST_DATABASE=postgresql puts the tests' forums into PostgreSQL; FORUM_TEST_REDIS=1 gives them a Redis too.
"""

import atexit
import hashlib
import os
import sqlite3
from contextlib import ExitStack
from functools import cache
from itertools import cycle
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from sqlalchemy import make_url

from forum.infra.settings import Settings
from tests.moulds import Mould, mould_of
from tests.servers import postgres_server, redis_server

BLANK, HERE = "blank", "here"
OURS, THEIRS = 0, cycle(range(1, 16))  # a Redis holds sixteen databases: one for apps in this process, some for others
_servers = ExitStack()
atexit.register(_servers.close)


@cache
def postgres_url() -> str:
    """One server for all tests of a process; its database `forum`."""
    return _servers.enter_context(postgres_server())


@cache
def _redis() -> str:
    return _servers.enter_context(redis_server()).rpartition("/")[0]


def redis_url(number: int = OURS) -> str:
    """One server for all tests of a process; one of its databases, emptied."""
    url = f"{_redis()}/{number}"
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


def on_postgres() -> bool:
    """Whether the tests' forums lie in PostgreSQL."""
    return os.environ.get("FORUM_TEST_DATABASE", "sqlite") == "postgresql"


def on_redis() -> bool:
    """Whether the tests' forums have a Redis."""
    return os.environ.get("FORUM_TEST_REDIS", "") == "1"


def chosen() -> dict[str, str]:
    """The settings that name the databases of a test's forum."""
    content = {"FORUM_DATABASE_URL": postgres_database(HERE)} if on_postgres() else {}
    return content | ({"FORUM_REDIS_URL": redis_url()} if on_redis() else {})


@cache
def deployment(data: Path) -> dict[str, str]:
    """The same for a service of its own in a folder: it may be started again, and finds what it left."""
    name = "data_" + hashlib.sha256(str(data).encode()).hexdigest()[:16]
    content = {"FORUM_DATABASE_URL": postgres_database(name)} if on_postgres() else {}
    return content | ({"FORUM_REDIS_URL": redis_url(next(THEIRS))} if on_redis() else {})


def postgres_database(database: str) -> str:
    """The address of one of the server's databases, made when it is asked for first."""
    _ensure(database)
    return _named(database)


def _named(database: str) -> str:
    return make_url(postgres_url()).set(database=database).render_as_string(hide_password=False)


def _plain(database: str) -> str:
    return (
        make_url(postgres_url()).set(drivername="postgresql", database=database).render_as_string(hide_password=False)
    )


def postgres_copy(mould: str, name: str) -> str:
    """The address of a database of that name as another one is; who asks again gets it as it was."""
    if name not in _copies:
        _command(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        _command(f"CREATE DATABASE {name} TEMPLATE {mould} STRATEGY FILE_COPY")
        _copies[name] = mould_of(_plain(name))
    elif not _copies[name].press(_plain(name)):
        del _copies[name]
        return postgres_copy(mould, name)
    return _named(name)


_copies: dict[str, Mould] = {}


@cache
def _ensure(database: str) -> None:
    _command(f"CREATE DATABASE {database}")


def keep_blank(settings: Settings) -> None:
    """Make what lies in the forum's database the mould of all others, without a sign of life of this moment."""
    if not settings.is_sqlite:
        with psycopg.connect(_plain(HERE)) as connection:
            connection.execute("DELETE FROM volatile_health")
        _command(f"ALTER DATABASE {HERE} RENAME TO {BLANK}")


def stamp(blank: Path, settings: Settings) -> None:
    """Give a forum a copy of the blank database: SQLite by its own backup, PostgreSQL by its templates."""
    if settings.is_sqlite:
        copy_sqlite(blank, settings.data / "forum.sqlite3")
    else:
        postgres_copy(BLANK, HERE)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database by SQLite's own backup."""
    with sqlite3.connect(source) as origin, sqlite3.connect(target) as copy:
        origin.backup(copy)
    origin.close()
    copy.close()


def _command(words: str) -> None:
    with psycopg.connect(_plain("postgres"), autocommit=True) as connection:
        connection.execute(words)


def leave_out(items: list[pytest.Item]) -> list[pytest.Item]:
    """On PostgreSQL, the tests that are about SQLite alone; with a Redis, those about a forum without one."""
    return [item for item in items if (on_postgres() and _is_of_sqlite(item)) or (on_redis() and _is_without(item))]


def _is_of_sqlite(item: pytest.Item) -> bool:
    parameters = getattr(item, "callspec", None)
    return item.get_closest_marker("sqlite") is not None or "sqlite" in (
        parameters.params.values() if parameters else ()
    )


def _is_without(item: pytest.Item) -> bool:
    return item.get_closest_marker("without_redis") is not None
