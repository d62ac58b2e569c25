"""Which database a run of the tests is about (FORUM_TEST_DATABASE), and how a test gets a fresh one in no time."""

import atexit
import os
import sqlite3
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from forum.base.settings import Settings
from tests.servers import postgres_server

BLANK, HERE = "blank", "here"
_servers = ExitStack()
atexit.register(_servers.close)


@cache
def postgres_url() -> str:
    """One server for all tests of a process; its database `forum`."""
    return _servers.enter_context(postgres_server())


def on_postgres() -> bool:
    """Whether the tests' forums lie in PostgreSQL."""
    return os.environ.get("FORUM_TEST_DATABASE", "sqlite") == "postgresql"


def chosen() -> dict[str, str]:
    """The setting that names the database of a test's forum."""
    return {"FORUM_DATABASE_URL": _address(HERE)} if on_postgres() else {}


def _address(database: str) -> str:
    made = make_url(postgres_url()).set(database=database)
    if database == HERE:
        _ensure(database)
    return made.render_as_string(hide_password=False)


@cache
def _ensure(database: str) -> None:
    _command(f"CREATE DATABASE {database}")


def keep_blank(settings: Settings) -> None:
    """Make what lies in the forum's database the mould of all others."""
    if not settings.is_sqlite:
        _command(f"ALTER DATABASE {HERE} RENAME TO {BLANK}")


def stamp(blank: Path, settings: Settings) -> None:
    """Give a forum a copy of the blank database: SQLite by its own backup, PostgreSQL by its templates."""
    if settings.is_sqlite:
        copy_sqlite(blank, settings.data / "forum.sqlite3")
    else:
        _command(f"DROP DATABASE IF EXISTS {HERE} WITH (FORCE)")
        _command(f"CREATE DATABASE {HERE} TEMPLATE {BLANK} STRATEGY FILE_COPY")


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database by SQLite's own backup."""
    with sqlite3.connect(source) as origin, sqlite3.connect(target) as copy:
        origin.backup(copy)
    origin.close()
    copy.close()


def _command(words: str) -> None:
    plain = make_url(postgres_url()).set(drivername="postgresql", database="postgres")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(words)


def leave_out(items: list[pytest.Item]) -> list[pytest.Item]:
    """On PostgreSQL, the tests that are about SQLite alone."""
    return [item for item in items if on_postgres() and _is_of_sqlite(item)]


def _is_of_sqlite(item: pytest.Item) -> bool:
    parameters = getattr(item, "callspec", None)
    return item.get_closest_marker("sqlite") is not None or "sqlite" in (
        parameters.params.values() if parameters else ()
    )
