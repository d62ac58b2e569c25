"""Guests get cached pages, and never a stale one."""

import gzip
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forum.app import create_app
from forum.infra.database.db import session, transaction
from forum.infra.settings import Settings
from forum.middleware.guest_cache import page_cache
from forum.models import Member, Post, Thread
from forum.moderation import tools
from forum.reactions.actions import react, withdraw_reaction
from forum.site.actions import set_value
from forum.threads import actions
from forum.threads.queries import find_post, find_thread
from tests.conftest import close, log_in, settings_on
from tests.factories import a_board, a_member, a_thread
from tests.middleware.guests import AGENT, Writing, guest_get, statements, wait_until_visible


@pytest.mark.parametrize("where", ["/", "board", "thread", "/feed.atom", "thread feed"])
def test_a_cached_page_is_identical_and_sends_no_statement(
    app: Flask, client: FlaskClient, path: str, where: str
) -> None:
    board = next(each for each in guest_get(client, path).text.split('"') if each.startswith("/boards/"))
    place = {"board": board, "thread": path, "thread feed": f"{path}/feed.atom"}.get(where, where)
    guest_get(client, place)
    first = guest_get(client, place)
    with statements(app) as sent:
        again = guest_get(client, place)

    assert first.status_code == again.status_code == 200
    assert first.data == again.data
    assert sent == []
    assert first.headers["X-Request-Id"] != again.headers["X-Request-Id"]
    assert {**first.headers} | {"X-Request-Id": ""} == {**again.headers} | {"X-Request-Id": ""}


def the_thread() -> Thread:
    return find_thread(member_named("mona"), 1)


def member_named(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


def second() -> Post:
    return find_post(member_named("mona"), 2)


ACTS: dict[str, Callable[[], object]] = {
    "reply": lambda: actions.reply(member_named("ben"), the_thread(), body="A third post"),
    "edit": lambda: actions.edit_post(member_named("ben"), second(), body="Other words"),
    "react": lambda: react(member_named("anna"), second(), kind="love"),
    "delete": lambda: actions.delete_post(member_named("mona"), second()),
    "undelete": lambda: actions.undelete_post(member_named("mona"), second()),
    "take back": lambda: withdraw_reaction(member_named("anna"), second()),
    "lock": lambda: tools.lock(member_named("mona"), the_thread()),
    "unlock": lambda: tools.unlock(member_named("mona"), the_thread()),
    "move": lambda: tools.move_thread(member_named("mona"), the_thread(), board=a_board("Far away")),
    "delete thread": lambda: tools.delete_thread(member_named("mona"), the_thread()),
    "undelete thread": lambda: tools.undelete_thread(member_named("mona"), the_thread()),
    "site": lambda: set_value("name", "Another name"),
}


def uncached(client: FlaskClient, path: str) -> TestResponse:
    """The current page: the cookie of a login bypasses the guest cache, but an unknown one is still a guest's."""
    return guest_get(client, path, Cookie="forum_session=unknown")


def test_after_every_action_the_cached_page_is_up_to_date(
    app: Flask, client: FlaskClient, path: str, writing: Writing
) -> None:
    places = ["/", "/feed.atom", path, f"{path}/feed.atom"]
    for name, act in ACTS.items():
        before = [guest_get(client, place).text for place in places]
        with writing():
            act()
        wait_until_visible(app)
        for place in places:
            shown, made = guest_get(client, place), uncached(client, place)
            assert shown.status_code == made.status_code, (name, place)
            assert shown.status_code == 404 or shown.text == made.text, (name, place)
        assert before[2] != guest_get(client, path).text, name


def test_a_reply_by_another_process_is_visible(app: Flask, client: FlaskClient, path: str, settings: Settings) -> None:
    guest_get(client, path)
    assert "A third post" not in guest_get(client, path).text
    other = create_app(settings)
    with other.app_context(), transaction():
        ACTS["reply"]()
    close(other)
    wait_until_visible(app)
    assert "A third post" in guest_get(client, path).text


def test_a_thread_that_another_process_removed_is_mentioned_no_more_beside_other_threads(
    app: Flask, client: FlaskClient, path: str, settings: Settings, writing: Writing
) -> None:
    with writing():
        removed = a_thread(title="Gone tomorrow").id
    wait_until_visible(app)
    assert "Gone tomorrow" in guest_get(client, path).text
    other = create_app(replace(settings))  # with caches of its own
    with other.app_context(), transaction():
        tools.delete_thread(member_named("mona"), session.get_one(Thread, removed))
    close(other)
    wait_until_visible(app)
    assert "Gone tomorrow" not in guest_get(client, path).text


def test_members_and_api_clients_never_get_a_cached_page(app: Flask, client: FlaskClient, path: str) -> None:
    guest_get(client, path)
    member = app.test_client()
    log_in(member, "anna")
    assert "quick-reply" in member.get(path).text or 'name="body"' in member.get(path).text
    assert 'name="body"' not in guest_get(client, path).text
    assert "no-store" in member.get(path).headers["Cache-Control"]
    assert "anna" in member.get("/account").text


def test_a_cookie_of_another_program_on_the_host_is_ignored(app: Flask, client: FlaskClient, path: str) -> None:
    guest_get(client, path)
    guest_get(client, path)
    with statements(app) as sent:
        assert guest_get(client, path, Cookie="theme=dark; _ga=1").status_code == 200
    assert sent == []


def test_a_browser_that_has_the_page_gets_a_304(client: FlaskClient, path: str) -> None:
    etag = guest_get(client, path).headers["ETag"]
    again = guest_get(client, path, If_None_Match=etag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    assert "Content-Length" not in again.headers
    assert guest_get(client, path, If_None_Match='W/"another"').status_code == 200


def test_each_encoding_contains_the_same_page(client: FlaskClient, path: str) -> None:
    guest_get(client, path)
    plain = guest_get(client, path)
    assert "Content-Encoding" not in plain.headers
    for encoding, undo in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        packed = guest_get(client, path, Accept_Encoding=encoding)
        assert packed.headers["Content-Encoding"] == encoding
        assert undo(packed.data) == plain.data
        assert "Accept-Encoding" in packed.headers["Vary"]


def test_a_page_is_not_cached_under_another_host(client: FlaskClient, path: str) -> None:
    guest_get(client, path)
    assert guest_get(client, path, Host="evil.test").status_code == 400
    assert guest_get(client, path, X_Forwarded_Host="evil.test").status_code == 400
    assert "evil.test" not in guest_get(client, path).text


def test_head_has_the_headers_and_no_body(client: FlaskClient, path: str) -> None:
    guest_get(client, path)
    head = client.head(path, headers={"User-Agent": AGENT})
    assert (head.status_code, head.data) == (200, b"")


def test_counts_beside_the_posts_are_refreshed_after_a_while(
    client: FlaskClient, path: str, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "PAGE_SECONDS", 0.05)
    assert "10,000" not in guest_get(client, path).text
    with writing():
        session.query(Thread).update({"view_count": 10_000})
    time.sleep(0.1)
    assert "10,000" in guest_get(client, path).text


@pytest.mark.parametrize("query", ["?page=1&x=1", "?" + "page=1&" * 50, "?q=<script>", "?page=1e9"])
def test_unusual_queries_are_passed_to_the_app(client: FlaskClient, path: str, query: str) -> None:
    assert guest_get(client, path + query).status_code in {200, 301, 404}


class TestWithLimits:
    """Cached pages count towards rate limits."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return settings_on(tmp_path / "data", FORUM_LIMITS="on")

    def test_an_address_with_too_many_requests_is_refused(self, client: FlaskClient, path: str) -> None:
        answers = [guest_get(client, path).status_code for _ in range(210)]
        assert answers[:200] == [200] * 200
        assert set(answers[200:]) == {429}
        assert guest_get(client, path, address="192.0.2.9").status_code == 200


def test_a_cdn_may_cache_guests_pages_for_the_configured_time_and_no_other_pages(app: Flask) -> None:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], shared_cache_seconds=10)
    guest, member = app.test_client(), app.test_client()
    with app.app_context(), transaction():
        a_member("Anna")
    for _ in range(2):
        answer = guest.get("/")
        assert answer.headers["Cache-Control"].startswith("public, max-age=0, s-maxage=10,")
        assert "Cookie" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers
    log_in(member, "Anna")
    assert member.get("/").headers["Cache-Control"] == "private, no-store"
    assert guest.get("/login").headers["Cache-Control"].startswith("private")


def test_without_the_setting_no_cdn_may_cache(app: Flask) -> None:
    assert app.test_client().get("/").headers["Cache-Control"].startswith("private")
