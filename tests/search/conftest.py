"""A forum to search in, on each database."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask

from forum.app import create_app
from forum.infra import migrate
from forum.infra.db import db, session, start_writing
from forum.search.index import index_language
from forum.site.queries import forget
from tests.conftest import close, settings_in, standing
from tests.databases import copy_sqlite, postgres_copy, postgres_database
from tests.presence.backends import DATABASES
from tests.rows import plant

MOULD = "library_mould"


@pytest.fixture(scope="session")
def building(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that the `library` forums of one test process use, one after the other."""
    return tmp_path_factory.mktemp("library") / "data"


@pytest.fixture(params=DATABASES)
def library(request: pytest.FixtureRequest, building: Path, blank: Path) -> Iterator[Flask]:
    """The forum with its app context entered and a write transaction begun."""
    settings = settings_in(building)
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    if request.param == "sqlite":
        copy_sqlite(blank, building / "forum.sqlite3")
    else:
        settings = replace(settings, database_url=postgres_copy(_mould(), "library"))
    with _opened(standing(settings)) as app:
        start_writing()
        yield app


@cache
def _mould() -> str:
    """A PostgreSQL database like the blank one; created once per process."""
    with TemporaryDirectory() as folder:
        settings = settings_in(Path(folder), FORUM_DATABASE_URL=postgres_database(MOULD))
        with _opened(create_app(settings)):
            migrate.upgrade(db.engine)
            start_writing()
            plant()
            session.commit()
    return MOULD


@contextmanager
def _opened(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        forget()
        index_language.forget()
        yield app
    close(app)
