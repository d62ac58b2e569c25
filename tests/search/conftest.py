"""A forum to search in, once on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from forum.app import create_app
from forum.base import migrate
from forum.base.db import db, session, start_writing
from forum.search import language
from forum.site.queries import forget
from tests.conftest import settings_in
from tests.databases import copy_sqlite
from tests.presence.backends import DATABASES, settings_for
from tests.rows import plant


@pytest.fixture(params=DATABASES)
def library(request: pytest.FixtureRequest, tmp_path: Path, blank: Path) -> Iterator[Flask]:
    """The forum with its context entered and a write transaction begun."""
    is_sqlite = request.param == "sqlite"
    settings = settings_in(tmp_path / "data") if is_sqlite else settings_for(request.param, tmp_path, limits=False)
    if is_sqlite:
        settings.data.mkdir()
        copy_sqlite(blank, settings.data / "forum.sqlite3")
    app = create_app(settings)
    with app.app_context():
        if not is_sqlite:
            migrate.upgrade(db.engine)
        start_writing()
        if not is_sqlite:
            plant()
        forget()
        language.forget()
        yield app
        session.remove()
        db.engine.dispose()
    app.extensions["forum.volatile"].dispose()
