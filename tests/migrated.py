"""Databases that were migrated and seeded once, for tests that begin with a new forum: to migrate takes half a second.

What a forum does first, in an empty folder or database, is tested without them: in tests/cli/test_serve.py,
tests/cli/test_commands.py, tests/archive/test_ready.py, tests/archive/test_seed.py and tests/infra/test_migrate.py.
"""

import atexit
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from forum.app import create_app
from forum.archive.load import load
from forum.infra.database import migrate
from forum.infra.database.db import db, session
from forum.infra.paths import SEED
from forum.infra.settings import Settings, from_environment
from tests import databases

KEY = "a key of the tests, long enough to be taken"
NO_SEED = ""
_folders = ExitStack()
atexit.register(_folders.close)


def copy_migrated(folder: Path, seed: str = NO_SEED) -> None:
    """Put a migrated SQLite database into a data folder that has none; with the rows of a seed, such as `document`."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "forum.sqlite3").exists():
        databases.copy_sqlite(_sqlite(seed), folder)


def begin(folder: Path, seed: str) -> None:
    """Let the next command in a data folder find a forum with the rows of a seed, if this run's forums use SQLite."""
    if not databases.on_postgres():
        copy_migrated(folder, seed)


@cache
def _sqlite(seed: str) -> Path:
    folder = Path(_folders.enter_context(TemporaryDirectory()))
    if seed:
        copy_migrated(folder)
    _fill(_settings(folder), seed)
    return folder / "forum.sqlite3"


def migrated_postgres(name: str, seed: str = NO_SEED) -> str:
    """The URL of a migrated database on the server shared by all tests; each call restores its original content."""
    return databases.postgres_copy(_postgres(seed), name)


@cache
def _postgres(seed: str) -> str:
    name = f"migrated_{seed}"
    with TemporaryDirectory() as folder:
        url = migrated_postgres(f"{name}_filled") if seed else databases.postgres_database(name)
        _fill(replace(_settings(Path(folder)), database_url=url), seed)
    return f"{name}_filled" if seed else name


def _settings(folder: Path) -> Settings:
    return from_environment({"FORUM_DATA": str(folder), "FORUM_SECRET_KEY": KEY, "FORUM_LIMITS": "off"})


def _fill(settings: Settings, seed: str) -> None:
    app = create_app(settings)
    with app.app_context():
        migrate.upgrade(db.engine)
        if seed:
            load(SEED / seed)
    close(app)


def close(app: Flask) -> None:
    """Close an app's database connections."""
    with app.app_context():
        session.remove()
        db.engine.dispose()
    app.extensions["forum.ephemeral"].dispose()
