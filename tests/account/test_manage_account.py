"""The account pages of a member, over HTTP."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import ApiToken, Mail, Member, MemberSession
from tests.auth.forms import cookie, is_logged_in, send
from tests.conftest import log_in
from tests.factories import PASSWORD, a_member

Writing = Callable[[], AbstractContextManager[None]]
NEW = "nine purple crocodiles"
PAGES = ("/account", "/account/password", "/account/email", "/account/sessions", "/account/tokens", "/account/confirm")
LATER = timedelta(minutes=61)


@pytest.fixture(autouse=True)
def _members(writing: Writing) -> None:
    with writing():
        a_member("Anna", email="anna@example.org", email_key="anna@example.org", country="Here")
        a_member("Bert")


@pytest.fixture
def anna(client: FlaskClient) -> FlaskClient:
    log_in(client, "Anna")
    return client


def a_browser(app: Flask, name: str = "Anna", agent: str = "Browser two") -> FlaskClient:
    client = app.test_client()
    send(client, "/login", username=name, password=PASSWORD, headers={"User-Agent": agent})
    return client


def test_guests_are_asked_to_log_in(client: FlaskClient) -> None:
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/login?next=")


def test_every_page_exists_and_is_private(anna: FlaskClient) -> None:
    for path in PAGES:
        answer = anna.get(path)
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.text.count("<h1") == 1


def test_a_changed_password_logs_out_the_other_browsers(app: Flask, anna: FlaskClient) -> None:
    other = a_browser(app)
    assert is_logged_in(other)
    before = cookie(anna)
    answer = send(anna, "/account/password", current_password=PASSWORD, new_password=NEW)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/password?note=password")
    assert is_logged_in(anna)
    assert not is_logged_in(other)
    assert cookie(anna) == before
    log_in(other, "Anna", NEW)


def test_a_password_is_not_changed_without_the_current_one(app: Flask, anna: FlaskClient) -> None:
    answer = send(anna, "/account/password", current_password="wrong words here", new_password=NEW)
    assert answer.status_code == 422
    assert 'id="current_password-error"' in answer.text
    assert NEW not in answer.text
    assert "wrong words" not in answer.text
    answer = send(anna, "/account/password", current_password=PASSWORD, new_password="password123")
    assert answer.status_code == 422
    log_in(app.test_client(), "Anna", PASSWORD)


def test_an_e_mail_address_is_changed_only_with_the_password(app: Flask, anna: FlaskClient) -> None:
    assert send(anna, "/account/email", email="new@example.org", password="wrong words here").status_code == 422
    assert send(anna, "/account/email", email="new@example.org", password=PASSWORD).status_code == 303
    assert 'value="new@example.org"' in anna.get("/account/email").text
    with app.app_context():
        assert session.scalars(select(Mail)).all() == []


def test_devices_are_listed_with_address_and_browser(app: Flask, anna: FlaskClient) -> None:
    a_browser(app, agent="<b>Browser two</b>")
    page = anna.get("/account/sessions").text
    assert page.count("data-session-id=") == 2
    assert "&lt;b&gt;Browser two&lt;/b&gt;" in page
    assert "127.0.0.1" in page
    assert "<time" in page


def test_one_device_can_be_logged_out(app: Flask, anna: FlaskClient) -> None:
    other, third = a_browser(app), a_browser(app, agent="Browser three")
    with app.app_context():
        number = session.scalars(select(MemberSession.id).where(MemberSession.agent == "Browser two")).one()
    answer = send(anna, f"/account/sessions/{number}/end", page="/account/sessions")
    assert answer.status_code == 303
    assert not is_logged_in(other)
    assert is_logged_in(third)
    send(anna, "/account/sessions/end-others", page="/account/sessions")
    assert not is_logged_in(third)
    assert is_logged_in(anna)


def test_nobody_logs_out_another_members_device(app: Flask, anna: FlaskClient) -> None:
    bert = a_browser(app, "Bert")
    with app.app_context():
        number = session.scalars(select(MemberSession.id).order_by(MemberSession.id.desc())).first()
    assert send(anna, f"/account/sessions/{number}/end", page="/account/sessions").status_code == 404
    assert is_logged_in(bert)


def test_the_password_is_asked_again_after_an_hour_but_not_to_see_devices(app: Flask, anna: FlaskClient) -> None:
    with clock.frozen_at(clock.now() + timedelta(minutes=50)):
        assert anna.get("/account/tokens").status_code == 200
    with clock.frozen_at(clock.now() + LATER):
        assert anna.get("/account/sessions").status_code == 200
        blocked = send(anna, "/account/sessions/end-others", page="/account")
        assert blocked.headers["Location"] == "/account/confirm?next=%2Faccount%2Fsessions"
        assert anna.get("/account/tokens").status_code == 303
        made = send(anna, "/account/tokens", page="/account", name="x", days="30", read="yes")
        assert made.headers["Location"] == "/account/confirm?next=%2Faccount%2Ftokens"
        assert send(anna, "/account/confirm", password="wrong words here").status_code == 422
        assert anna.get("/account/tokens").status_code == 303
        confirmed = send(anna, "/account/confirm", password=PASSWORD, next="/account/tokens")
        assert confirmed.headers["Location"] == "/account/tokens"
        assert anna.get("/account/tokens").status_code == 200
        assert send(anna, "/account/confirm", password=PASSWORD, next="//evil.test").headers["Location"] == "/"
    with app.app_context():
        assert session.scalars(select(ApiToken)).all() == []


def test_a_token_is_shown_once_works_and_is_revoked(app: Flask, anna: FlaskClient) -> None:
    page = send(anna, "/account/tokens", name="My reader", days="30", read="yes").text
    token = page.split('id="new-token">')[1].split("<")[0]
    assert token not in anna.get("/account/tokens").text
    program = app.test_client()
    bearer = {"Authorization": f"Bearer {token}"}
    assert program.get("/api/v1/me", headers=bearer).status_code == 200
    with app.app_context():
        row = session.scalars(select(ApiToken)).one()
        assert (row.scopes, row.name) == ("read", "My reader")
    bert = a_browser(app, "Bert")
    assert send(bert, f"/account/tokens/{row.id}/revoke", page="/account/tokens").status_code == 404
    assert send(anna, f"/account/tokens/{row.id}/revoke", page="/account/tokens").status_code == 303
    assert program.get("/api/v1/me", headers=bearer).status_code == 401


def test_a_token_gets_no_scope_beyond_the_members_role(anna: FlaskClient) -> None:
    assert send(anna, "/account/tokens", name="x", days="30", admin="yes").status_code == 422
    assert send(anna, "/account/tokens", name="x", days="30").status_code == 422
    assert send(anna, "/account/tokens", name="x", days="1e308", read="yes").status_code == 422


def test_the_profile_is_changed_and_nothing_else(app: Flask, anna: FlaskClient) -> None:
    assert 'value="Here"' in anna.get("/account").text
    more = {"role": "admin", "custom_title": "Chief", "username": "Other", "message_count": "9"}
    answer = send(anna, "/account", country="Singapore", location="Malaysia", about="<b>I</b>", is_hidden="yes", **more)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?note=card")
    with app.app_context():
        me = session.scalars(select(Member).filter_by(username="Anna")).one()
        assert (me.country, me.location, me.about, me.is_hidden) == ("Singapore", "Malaysia", "<b>I</b>", True)
        assert (me.role, me.custom_title, me.message_count) == ("member", "", 100)
    page = anna.get("/account").text
    assert "&lt;b&gt;I&lt;/b&gt;" in page
    assert 'name="is_hidden" value="yes" checked' in page
    assert send(anna, "/account", country="x" * 61).status_code == 422


def test_a_notice_must_be_one_of_ours(anna: FlaskClient) -> None:
    for note in ("<script>", "card", "nothing"):
        page = anna.get("/account", query_string={"note": note}).text
        assert "<script>" not in page.split("<main")[1]
        assert ("is saved" in page) is (note == "card")
