"""A forum to search in, on each database."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pytest
from flask import Flask

from forum.app import create_app
from forum.infra.database.db import session, start_writing
from forum.search.index import index_language
from forum.site.queries import invalidate
from tests.conftest import close, settings_in, shared_app
from tests.databases import EPHEMERAL, copy_sqlite, postgres_copy
from tests.migrated import migrated_postgres
from tests.presence.backends import DATABASES
from tests.site_rows import insert_site_rows

Content = Callable[[], None]


@pytest.fixture(scope="session")
def search_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that the forums of one test process use, one after the other."""
    return tmp_path_factory.mktemp("library") / "data"


@pytest.fixture(params=DATABASES)
def search_forum(request: pytest.FixtureRequest, search_data: Path, blank: Path) -> Iterator[Flask]:
    """The forum with its app context entered and a write transaction begun.

    With `@pytest.mark.content.with_args(create)` it has what `create` creates, once per process and database.
    """
    marker = request.node.get_closest_marker("content")
    create: Content = marker.args[0] if marker else _nothing
    settings = settings_in(search_data)
    shutil.rmtree(search_data, ignore_errors=True)
    search_data.mkdir()
    if request.param == "sqlite":
        copy_sqlite(_sqlite_template(create, blank), search_data)
        copy_sqlite(blank.with_name(EPHEMERAL), search_data)
    else:
        template = _postgres_template(create)
        settings = replace(settings, database_url=postgres_copy(template, f"{template}_copy"))
    with _opened(shared_app(settings)) as app:
        start_writing()
        yield app


def _nothing() -> None:
    pass


@cache
def _sqlite_template(create: Content, blank: Path) -> Path:
    """A copy of the blank database with more content."""
    folder = Path(mkdtemp(dir=blank.parent))
    copy_sqlite(blank, folder)
    with _opened(create_app(settings_in(folder))):
        start_writing()
        create()
        session.commit()
    return folder / "forum.sqlite3"


@cache
def _postgres_template(create: Content) -> str:
    """A PostgreSQL database with the same content."""
    name = f"search_{create.__module__.rpartition('.')[2]}_{create.__name__}"
    with TemporaryDirectory() as folder:
        settings = settings_in(Path(folder), FORUM_DATABASE_URL=migrated_postgres(name))
        with _opened(create_app(settings)):
            start_writing()
            insert_site_rows()
            create()
            session.commit()
    return name


@contextmanager
def _opened(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        invalidate()
        index_language.forget()
        yield app
    close(app)
