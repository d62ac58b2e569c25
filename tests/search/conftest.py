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
from forum.site.queries import invalidate
from tests.conftest import close, settings_in, shared_app
from tests.databases import copy_sqlite, postgres_copy, postgres_database
from tests.presence.backends import DATABASES
from tests.site_rows import insert_site_rows

TEMPLATE = "library_mould"


@pytest.fixture(scope="session")
def search_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that the `library` forums of one test process use, one after the other."""
    return tmp_path_factory.mktemp("library") / "data"


@pytest.fixture(params=DATABASES)
def search_forum(request: pytest.FixtureRequest, search_data: Path, blank: Path) -> Iterator[Flask]:
    """The forum with its app context entered and a write transaction begun."""
    settings = settings_in(search_data)
    shutil.rmtree(search_data, ignore_errors=True)
    search_data.mkdir()
    if request.param == "sqlite":
        copy_sqlite(blank, search_data / "forum.sqlite3")
    else:
        settings = replace(settings, database_url=postgres_copy(_blank_template(), "library"))
    with _opened(shared_app(settings)) as app:
        start_writing()
        yield app


@cache
def _blank_template() -> str:
    """A PostgreSQL database like the blank one; created once per process."""
    with TemporaryDirectory() as folder:
        settings = settings_in(Path(folder), FORUM_DATABASE_URL=postgres_database(TEMPLATE))
        with _opened(create_app(settings)):
            migrate.upgrade(db.engine)
            start_writing()
            insert_site_rows()
            session.commit()
    return TEMPLATE


@contextmanager
def _opened(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        invalidate()
        index_language.forget()
        yield app
    close(app)
