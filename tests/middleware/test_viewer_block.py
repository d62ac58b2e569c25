"""The viewer block in cached pages is correct for visitors who arrive and leave."""

import re
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.settings import Settings
from forum.middleware.guest_cache import viewer_fragment
from forum.models import Thread
from forum.presence.memory import TokenBucket
from forum.presence.views import flush_views
from tests.middleware.guests import AGENT, guest_get, wait_until_visible


def sentence(html: str) -> str:
    found = re.search(r"Users Who Are Viewing This Thread \([^)]*\)", html)
    assert found
    return found[0].removeprefix("Users Who Are Viewing This Thread ")


def test_a_new_viewer_is_counted_in_the_page_they_get(client: FlaskClient, path: str, app: Flask) -> None:
    assert sentence(guest_get(client, path).text) == "(Total: 1, Members: 0, Guests: 1)"
    assert sentence(guest_get(client, path, address="192.0.2.2").text) == "(Total: 2, Members: 0, Guests: 2)"
    assert sentence(guest_get(client, path, agent=AGENT + " other").text) == "(Total: 3, Members: 0, Guests: 3)"
    assert sentence(guest_get(client, path, agent="Googlebot/2.1").text) == "(Total: 3, Members: 0, Guests: 3)"
    wait_until_visible(app)
    assert sentence(guest_get(client, path).text) == "(Total: 3, Members: 0, Guests: 3)"


@pytest.mark.sqlite
def test_a_removed_presence_file_costs_no_page(client: FlaskClient, path: str, app: Flask, settings: Settings) -> None:
    file = settings.data / "volatile.sqlite3"
    for removed_at in range(6):
        if removed_at % 3 == 0:  # before the cache has opened it, and afterwards
            file.unlink()
        assert guest_get(client, path, address=f"192.0.2.{removed_at}").status_code == 200
    wait_until_visible(app)
    assert sentence(guest_get(client, path).text) in {f"(Total: {n}, Members: 0, Guests: {n})" for n in (3, 4)}


def test_a_viewer_who_left_is_missing_from_the_page_others_get(client: FlaskClient, path: str, app: Flask) -> None:
    guest_get(client, path)
    guest_get(client, path, address="192.0.2.2")
    client.post(
        f"{path}/viewers",
        data={"leave": "1", "tab": ""},
        environ_overrides={"REMOTE_ADDR": "192.0.2.2"},
        headers={"User-Agent": AGENT},
    )
    wait_until_visible(app)
    assert sentence(guest_get(client, path).text) == "(Total: 1, Members: 0, Guests: 1)"


def test_each_persons_view_of_a_cached_page_counts_once(app: Flask, client: FlaskClient, path: str) -> None:
    for _ in range(3):
        for number in range(4):
            guest_get(client, path, address=f"192.0.2.{number}")
        guest_get(client, path, agent="Googlebot/2.1")
    with app.app_context():
        flush_views()
        assert session.scalars(select(Thread.view_count)).one() == 4


def test_many_simultaneous_arrivals_are_counted_together_shortly_after(
    app: Flask, client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest_get(client, path)
    monkeypatch.setattr(
        viewer_fragment.ViewerFragments, "apply_update", lambda *_: None
    )  # nobody is counted individually
    caches = app.wsgi_app._states.of(app.extensions["forum.settings"])  # type: ignore[attr-defined]
    caches.cache.viewers._count_budget = TokenBucket(0.001, 0)
    for number in range(2, 60):
        guest_get(client, path, address=f"192.0.2.{number}")
    monkeypatch.undo()
    until = time.monotonic() + 5
    while sentence(guest_get(client, path).text) != "(Total: 59, Members: 0, Guests: 59)" and time.monotonic() < until:
        time.sleep(0.1)
    assert sentence(guest_get(client, path).text) == "(Total: 59, Members: 0, Guests: 59)"
    with app.app_context():
        flush_views()
        assert session.scalars(select(Thread.view_count)).one() == 59
