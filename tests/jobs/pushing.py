"""Subscribe browsers, have something to tell, and run the job that sends it to them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from forum.infra.database.db import session, transaction
from forum.jobs.push import send_pushes
from forum.models import (
    Member,
    PendingPush,
    Post,
    PushSubscription,
)
from forum.notifications.push_queue import DELAY
from forum.threads.actions import reply
from forum.threads.queries import find_thread
from tests.conftest import log_in, token_in
from tests.outside.push_stub import Browser, PushStub

BROWSERS = "/account/notifications/browsers"
Writing = Callable[[], AbstractContextManager[None]]


def subscribe(app: Flask, stub: PushStub, who: str = "anna", name: str = "one") -> tuple[FlaskClient, Browser]:
    """A browser in which somebody has logged in and pressed the button."""
    client, browser = app.test_client(), stub.browser(name)
    log_in(client, who)
    stub.public_key = call(client, "/key").get_json()["key"]
    assert call(client, "", **browser.fields).status_code == 204
    return client, browser


def call(client: FlaskClient, path: str, **fields: str):  # type: ignore[no-untyped-def]
    headers = {"X-CSRFToken": token_in(client.get("/account/notifications").text), "Accept": "application/json"}
    return client.post(BROWSERS + path, data=fields, headers=headers)


def send(app: Flask, *, after: timedelta = DELAY) -> int:
    """Run the job when some time has passed."""
    with app.app_context():
        with transaction():
            session.execute(update(PendingPush).values(try_after=PendingPush.__table__.c.try_after))
            for row in session.scalars(select(PendingPush)):
                row.try_after -= after
        return send_pushes()


def pending(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(PendingPush)) or 0


def subscribed(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(PushSubscription)) or 0


def answer(scene: dict[str, int], body: str = "Above the sea.") -> Post:
    """A reply by ben."""
    thread = find_thread(session.get_one(Member, scene["ben"]), scene["thread"])
    return reply(session.get_one(Member, scene["ben"]), thread, body=body)
