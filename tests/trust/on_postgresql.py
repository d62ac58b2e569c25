"""A small forum on a PostgreSQL that a test may break: Anna, and a thread by Ben."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, text

from forum.app import create_app
from forum.infra.database import migrate
from forum.infra.database.db import db, session, transaction, without_timeouts
from tests.conftest import close, settings_in
from tests.factories import a_member, a_thread
from tests.site_rows import insert_site_rows

THREAD = "/threads/1-a-thread-to-read"


@contextmanager
def forum_on(url: str, folder: Path, **settings: str) -> Iterator[Flask]:
    """The forum, replacing whatever the database contained."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    app = create_app(settings_in(folder, FORUM_DATABASE_URL=url, FORUM_LIMITS="off", **settings))
    try:
        with app.app_context():
            with without_timeouts():
                migrate.upgrade(db.engine)
            with transaction():
                insert_site_rows()
                a_member("Anna")
                a_thread(title="A thread to read", by=a_member("Ben"))
            session.remove()
        yield app
    finally:
        close(app)
