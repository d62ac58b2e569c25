"""Logging in and out over HTTP."""

import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select

from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.settings import WEAK_KEYS, BadSetting, from_environment
from forum.members import sanctions
from forum.models import LogEntry, Member, MemberSession
from tests.auth.forms import HOSTILE_NEXT, cookie, is_logged_in, send
from tests.conftest import KEY, log_in, token_in
from tests.factories import PASSWORD, a_member

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def _anna(writing: Writing) -> None:
    with writing():
        a_member("Anna", email="anna@example.org", email_key="anna@example.org")


def test_the_session_is_new_at_each_login(app: Flask, client: FlaskClient) -> None:
    log_in(client, "Anna")
    first = cookie(client)
    client.set_cookie("forum_session", first)
    assert is_logged_in(client)
    send(client, "/logout", page="/account")
    log_in(client, "Anna")
    assert cookie(client) not in {"", first}
    old = app.test_client()
    old.set_cookie("forum_session", first)
    assert not is_logged_in(old)


def test_a_planted_session_cookie_is_not_adopted(app: Flask, client: FlaskClient) -> None:
    client.set_cookie("forum_session", "chosen-by-somebody-else-in-advance-0123456789")
    log_in(client, "Anna")
    assert cookie(client) != "chosen-by-somebody-else-in-advance-0123456789"
    other = app.test_client()
    other.set_cookie("forum_session", "chosen-by-somebody-else-in-advance-0123456789")
    assert not is_logged_in(other)


def test_logging_out_ends_the_session_on_the_server(app: Flask, client: FlaskClient) -> None:
    log_in(client, "Anna")
    kept = cookie(client)
    assert send(client, "/logout", page="/account").status_code == 303
    assert cookie(client) == ""
    replay = app.test_client()
    replay.set_cookie("forum_session", kept)
    assert not is_logged_in(replay)


@pytest.mark.parametrize("remember", ["", "yes"])
def test_cookies_have_their_security_attributes(app: Flask, remember: str) -> None:
    client = app.test_client()
    https = {"base_url": "https://localhost"}
    page = client.get("/login", **https)
    form = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"username": "Anna", "password": PASSWORD, "csrf_token": form} | (
        {"remember": remember} if remember else {}
    )
    answer = client.post("/login", data=fields, headers={"Origin": "https://localhost"}, **https)
    assert answer.status_code == 303
    sent = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    assert len(sent) >= 2
    for line in sent:
        marks = [part.strip().lower() for part in line.split(";")]
        assert marks[0].startswith("__host-forum_")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= set(marks)
        assert not any(mark.startswith("domain") for mark in marks)
    (login,) = [line for line in answer.headers.getlist("Set-Cookie") if "forum_session=" in line]
    assert ("Max-Age=5184000" in login) is bool(remember)


def test_a_signed_cookie_grants_nothing(app: Flask) -> None:
    """A session is a random token whose hash is in the database; there is nothing to sign."""
    with app.app_context():
        anna = session.scalars(select(Member)).one()
        payload = {"_user_id": str(anna.id), "_fresh": True, "user_id": anna.id}
    for key in ("x", "dev", "secret", "changeme", KEY):
        signer = URLSafeTimedSerializer(key, salt="cookie-session", signer_kwargs={"key_derivation": "hmac"})
        for name in ("session", "forum_session", "remember_token"):
            client = app.test_client()
            client.set_cookie(name, str(signer.dumps(payload)))
            assert not is_logged_in(client)


def test_the_forum_does_not_start_with_a_well_known_key(tmp_path: Path) -> None:
    for key in ("", *sorted(WEAK_KEYS), "x" * 64, "short"):
        with pytest.raises(BadSetting, match="FORUM_SECRET_KEY"):
            from_environment({"FORUM_DATA": str(tmp_path), "FORUM_SECRET_KEY": key})


def test_a_ban_takes_effect_at_the_next_request(app: Flask, client: FlaskClient) -> None:
    log_in(client, "Anna")
    form = client.get("/account").text.split('name="csrf_token" value="')[1].split('"')[0]
    with app.app_context(), transaction():
        sanctions.ban(
            a_member(role="admin"), session.scalars(select(Member).filter_by(username="Anna")).one(), reason="Spam"
        )
    assert not is_logged_in(client)
    assert client.post("/account", data={"csrf_token": form, "country": "X"}).status_code in {401, 403}
    assert client.get("/api/v1/me").status_code in {401, 403}
    answer = send(client, "/login", username="Anna", password=PASSWORD)
    assert answer.status_code == 403
    assert "banned" in answer.text


def test_a_failed_login_gives_the_same_answer_for_known_and_unknown_names(app: Flask) -> None:
    answers = []
    for name in ("Anna", "Nobody here", "anna@example.org", "nobody@example.org"):
        answer = send(app.test_client(), "/login", username=name, password="wrong words here")
        names = sorted(header for header, _ in answer.headers)
        text = answer.text.replace(name, "NAME")
        text = "".join(part for part in text.splitlines() if "csrf_token" not in part and "request" not in part.lower())
        answers.append((answer.status_code, names, text))
    assert answers[0][0] == 422
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.slow
@pytest.mark.usefixtures("real_password_cost")
def test_a_failed_login_takes_the_same_time_for_known_and_unknown_names(client: FlaskClient, writing: Writing) -> None:
    """Measured in CPU time, so that other load on the machine does not count."""
    with writing():
        a_member("Otto")
    form = token_in(client.get("/login").text)
    times: dict[str, list[float]] = {"Otto": [], "Nobody here": []}
    for _ in range(25):
        for name, taken in times.items():
            begun = time.process_time()
            client.post("/login", data={"username": name, "password": "wrong words here", "csrf_token": form})
            taken.append(time.process_time() - begun)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert abs(known - unknown) < 0.010


def test_the_password_is_never_shown_again(client: FlaskClient) -> None:
    answer = send(client, "/login", username="Anna", password="wrong words here")
    assert "wrong words" not in answer.text
    assert 'value="Anna"' in answer.text


@pytest.mark.slow
def test_no_login_redirects_to_another_site(app: Flask) -> None:
    for target in HOSTILE_NEXT:
        client = app.test_client()
        assert 'name="next" value="/"' in client.get("/login", query_string={"next": target}).text
        answer = send(client, "/login", username="Anna", password=PASSWORD, next=target)
        assert answer.headers["Location"] == "/"
        assert not any("a=b" in line for line in answer.headers.getlist("Set-Cookie"))
        assert client.get("/login", query_string={"next": target}).headers["Location"] == "/"


def test_a_login_redirects_to_the_requested_page(client: FlaskClient) -> None:
    answer = client.get("/account/password")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=")
    page = client.get(answer.headers["Location"]).text
    assert 'name="next" value="/account/password"' in page
    assert (
        send(client, "/login", username="Anna", password=PASSWORD, next="/account/password").headers["Location"]
        == "/account/password"
    )


def test_unusual_names_are_a_failed_login_and_no_server_error(client: FlaskClient) -> None:
    for name in ("x" * 50_000, "\0", "' or 1=1 --", "a\r\nb", "%", "\ufffd"):
        assert send(client, "/login", username=name, password=PASSWORD).status_code == 422


def test_missing_fields_are_reported(client: FlaskClient) -> None:
    assert send(client, "/login").status_code == 422


def test_a_password_of_100_000_characters_is_refused_at_once(client: FlaskClient) -> None:
    client.get("/login")
    begun = time.perf_counter()
    assert send(client, "/login", username="Anna", password="x" * 100_000).status_code == 413
    assert time.perf_counter() - begun < 0.1


def test_the_forms_support_password_managers(client: FlaskClient) -> None:
    login, register = client.get("/login").text, client.get("/register").text
    assert 'type="password" value="" autocomplete="current-password"' in login
    assert 'autocomplete="username"' in login
    assert 'type="password" value="" autocomplete="new-password"' in register
    # browsers reject non-ASCII letters before the @ in a field of type "email"
    assert 'inputmode="email"' in register
    assert 'autocomplete="email"' in register
    assert 'type="email"' not in register
    assert "onpaste" not in login + register


def test_logins_and_logouts_are_in_the_log(app: Flask, client: FlaskClient) -> None:
    send(client, "/login", username="Anna", password="wrong words here")
    log_in(client, "Anna")
    send(client, "/logout", page="/account")
    with app.app_context():
        rows = session.scalars(select(LogEntry).order_by(LogEntry.id)).all()
        anna = session.scalars(select(Member)).one()
    assert [row.action for row in rows] == ["login-failed", "login", "logout"]
    assert {row.target for row in rows} == {f"member:{anna.id}"}
    assert {row.address for row in rows} == {"127.0.0.1"}


def test_the_list_of_devices_says_which_is_not_remembered(client: FlaskClient) -> None:
    told = "Ends after a day without use"
    send(client, "/login", username="Anna", password=PASSWORD)
    assert client.get("/account/sessions").text.count(told) == 1
    send(client, "/logout", page="/account")
    send(client, "/login", username="Anna", password=PASSWORD, remember="yes")
    page = client.get("/account/sessions").text
    assert (page.count("data-session-id"), page.count(told)) == (1, 0)


def test_a_remembered_session_lasts_at_most_sixty_days(app: Flask, client: FlaskClient) -> None:
    send(client, "/login", username="Anna", password=PASSWORD, remember="yes")
    begun = clock.now()
    for days in (25, 50, 59):
        with clock.frozen_at(begun + timedelta(days=days)):
            assert is_logged_in(client)
    with clock.frozen_at(begun + timedelta(days=61)):
        assert not is_logged_in(client)
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(MemberSession)) == 1
