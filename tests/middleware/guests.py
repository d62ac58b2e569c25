"""Guest requests, and the database statements they cause."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from forum.infra.database.db import db, on_sqlite
from forum.middleware.guest_cache import validators

Writing = Callable[[], AbstractContextManager[None]]
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def guest_get(
    client: FlaskClient, path: str, *, address: str = "192.0.2.1", agent: str = AGENT, **headers: str
) -> TestResponse:
    """A request by a guest."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, environ_overrides={"REMOTE_ADDR": address}, headers={"User-Agent": agent} | named)


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements sent to the two databases."""
    sent: list[str] = []

    def record(_c: object, _k: object, statement: str, *_: object) -> None:
        sent.append(statement)

    with app.app_context():
        engines = [db.engine, app.extensions["forum.ephemeral"]]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", record)


def wait_until_visible(app: Flask) -> None:
    """Wait until a change must be visible: on SQLite almost immediately."""
    with app.app_context():
        time.sleep(2 * validators.CHECK_INTERVAL_SECONDS if on_sqlite() else validators.VIEWERS_MAX_AGE_SECONDS + 0.1)
