"""Guests' heartbeats: answered from the cache while nothing must be written, and correct within a second."""

import time
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forum.infra import clock
from forum.middleware.guest_cache.heartbeat_cache import MAX_AGE_SECONDS
from forum.presence.rules import TOUCH_SECONDS
from tests.conftest import log_in
from tests.middleware.guests import AGENT, statements

TAB = "tab1tab1tab1"


def beat(client: FlaskClient, path: str, *, address: str = "192.0.2.1", tab: str = TAB, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    around = {"REMOTE_ADDR": address}
    return client.post(
        f"{path}/viewers", data={"tab": tab}, headers={"User-Agent": AGENT} | named, environ_overrides=around
    )


def test_a_heartbeat_that_changes_nothing_sends_no_statement(app: Flask, client: FlaskClient, path: str) -> None:
    first = beat(client, path)
    with statements(app) as sent:
        again = beat(client, path)
    assert sent == []
    assert again.json == first.json
    assert first.json is not None
    assert (first.json["total"], first.json["guests"], first.json["again"]) == (1, 1, 5)
    same = {"Content-Type", "Content-Length", "Cache-Control", "Content-Security-Policy", "X-Content-Type-Options"}
    assert {name: again.headers[name] for name in same} == {name: first.headers[name] for name in same}
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]


def test_a_new_viewer_is_counted_before_any_answer(client: FlaskClient, path: str) -> None:
    totals = [beat(client, path, address=f"192.0.2.{n}", tab=f"tab{n}tabtabtab").json["total"] for n in range(1, 5)]  # type: ignore[index]
    assert totals == [1, 2, 3, 4]


def test_arrivals_and_departures_are_visible_a_second_later(client: FlaskClient, path: str) -> None:
    beat(client, path)
    beat(client, path, address="192.0.2.2", tab="other1other1")
    time.sleep(MAX_AGE_SECONDS)
    assert beat(client, path).json["total"] == 2  # type: ignore[index]
    client.post(
        f"{path}/viewers",
        data={"tab": "other1other1", "leave": "1"},
        headers={"User-Agent": AGENT},
        environ_overrides={"REMOTE_ADDR": "192.0.2.2"},
    )
    time.sleep(MAX_AGE_SECONDS)
    assert beat(client, path).json["total"] == 1  # type: ignore[index]


@pytest.mark.without_redis
def test_heartbeats_are_written_often_enough_to_keep_a_viewer_present(
    app: Flask, client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(client, path)
    later = clock.now() + timedelta(seconds=TOUCH_SECONDS + 1)
    with clock.frozen_at(later), statements(app) as sent:
        beat(client, path)
    assert any("INSERT INTO volatile_presence" in statement for statement in sent)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.test"}, {"Sec_Fetch_Site": "cross-site"}])
def test_cross_site_requests_are_refused(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    beat(client, path)
    assert beat(client, path, **headers).status_code == 403


def test_a_member_never_gets_a_guests_answer(app: Flask, client: FlaskClient, path: str) -> None:
    beat(client, path)
    member = app.test_client()
    log_in(member, "anna")
    page = member.get(path).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = member.post(
        f"{path}/viewers", data={"tab": "anna1anna1an", "csrf_token": token}, headers={"User-Agent": AGENT}
    )
    assert answer.json is not None
    assert (answer.json["members"], answer.json["guests"]) == (1, 1)
    assert "anna" in answer.json["html"]


def test_unusual_forms_are_passed_to_the_app(client: FlaskClient, path: str) -> None:
    beat(client, path)
    for tab in ("", "short", "x" * 200, "<b>tab</b>tabtab", "tab1tab1tab1&leave=1"):
        assert beat(client, path, tab=tab).status_code in {200, 204}
    assert beat(client, "/threads/99-nowhere").status_code == 404
