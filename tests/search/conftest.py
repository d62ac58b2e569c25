"""A forum to search in, once on each database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask

from forum.app import create_app
from forum.base import migrate
from forum.base.db import db, session, start_writing
from forum.base.settings import Settings
from forum.search import language
from forum.site.queries import forget
from tests.conftest import settings_in
from tests.databases import copy_sqlite, postgres_copy, postgres_database
from tests.presence.backends import DATABASES
from tests.rows import plant

MOULD = "library_mould"


@pytest.fixture(params=DATABASES)
def library(request: pytest.FixtureRequest, tmp_path: Path, blank: Path) -> Iterator[Flask]:
    """The forum with its context entered and a write transaction begun."""
    settings = settings_in(tmp_path / "data")
    if request.param == "sqlite":
        settings.data.mkdir()
        copy_sqlite(blank, settings.data / "forum.sqlite3")
    else:
        settings = replace(settings, database_url=postgres_copy(_mould(), "library"))
    with _opened(settings) as app:
        start_writing()
        yield app


@cache
def _mould() -> str:
    """A PostgreSQL database like the blank one; made once in a process."""
    with (
        TemporaryDirectory() as folder,
        _opened(settings_in(Path(folder), FORUM_DATABASE_URL=postgres_database(MOULD))),
    ):
        migrate.upgrade(db.engine)
        start_writing()
        plant()
        session.commit()
    return MOULD


@contextmanager
def _opened(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    with app.app_context():
        forget()
        language.forget()
        yield app
        session.remove()
        db.engine.dispose()
    app.extensions["forum.volatile"].dispose()
