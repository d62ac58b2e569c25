"""A prefetched page that nobody has looked at yet counts no view and no viewer, and marks nothing as read."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Thread, ThreadRead
from forum.presence.views import flush_views
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread
from tests.middleware.guests import guest_get

Writing = Callable[[], AbstractContextManager[None]]
AHEAD = ("prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip")


@pytest.fixture
def path(writing: Writing) -> str:
    with writing():
        thread = a_thread(by=a_member("anna"), board=a_board("Talk"), title="Where the moon is")
        a_post(thread=thread, by=a_member("ben"))
        return thread.path


def total(html: str) -> int:
    found = re.search(r"Viewing This Thread \(Total: (\d+),", html)
    assert found
    return int(found[1])


def views(app: Flask) -> int:
    with app.app_context():
        flush_views()
        return session.scalars(select(Thread.view_count)).one()


@pytest.mark.parametrize("purpose", AHEAD)
@pytest.mark.parametrize("name", ["cleo", None])
def test_a_prefetched_page_counts_for_nothing(
    app: Flask, client: FlaskClient, path: str, writing: Writing, purpose: str, name: str | None
) -> None:
    if name:
        with writing():
            a_member(name)
        log_in(client, name)
    for address in (path, "/", "/boards/1-talk", path):
        page = guest_get(client, address, Sec_Purpose=purpose)
        assert page.status_code == 200
    assert total(page.text) == 0
    assert views(app) == 0
    with app.app_context():
        assert session.query(ThreadRead).join(Thread).filter(ThreadRead.member_id > 2).count() == 0
    assert total(guest_get(client, path).text) == 1
    assert views(app) == 1


def test_a_cached_page_that_is_prefetched_counts_nobody_either(app: Flask, client: FlaskClient, path: str) -> None:
    for _ in range(2):
        guest_get(client, path)
    for number in range(2, 6):
        guest_get(client, path, address=f"192.0.2.{number}", Sec_Purpose="prefetch")
    assert total(guest_get(client, path).text) == 1
    assert views(app) == 1
