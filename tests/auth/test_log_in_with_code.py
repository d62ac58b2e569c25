"""After the right password a member with two-factor authentication is nobody until the code is right, too."""

import ast
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from forum.infra import clock, paths
from forum.infra.database.db import session
from forum.members import actions
from forum.members.credentials import mail_tokens, pending_logins, recovery_codes
from forum.models import LogEntry, Member, MemberSession, PendingLogin, Purpose
from tests.auth.codes import code, give_password, protect, wrong_code
from tests.auth.forms import cookie, is_logged_in, send
from tests.conftest import token_in
from tests.factories import PASSWORD, a_ban
from tests.middleware.guests import Writing
from tests.trust.crawl import Scene, a_scene, addresses

NEW = "nine purple crocodiles"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def scene(writing: Writing) -> Scene:
    with writing():
        return a_scene()


@pytest.fixture
def secret(scene: Scene, writing: Writing) -> str:
    """The secret of olaf's app; he is an admin."""
    with writing():
        return protect(olaf())


def olaf() -> Member:
    return session.scalars(select(Member).where(Member.username == "olaf")).one()


def rows_of(app: Flask, model: type) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(model)) or 0


def log_of(app: Flask, *names: str) -> list[str]:
    with app.app_context():
        return list(session.scalars(select(LogEntry.action).where(LogEntry.action.in_(names)).order_by(LogEntry.id)))


def test_the_right_code_completes_the_login_and_keeps_what_was_chosen(
    app: Flask, client: FlaskClient, secret: str
) -> None:
    first = send(client, "/login", username="olaf", password=PASSWORD, remember="yes", next="/whats-new?sort=x")
    assert first.headers["Location"] == "/login/code?next=/whats-new%3Fsort%3Dx"
    waiting = next(each for each in first.headers.getlist("Set-Cookie") if "forum_login" in each)
    assert all(part in waiting for part in ("HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/"))
    page = client.get(first.headers["Location"]).text
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    assert log_of(app, "login", "login-password") == ["login-password"]

    done = send(client, "/login/code", page=first.headers["Location"], code=code(secret), next="/whats-new?sort=x")

    assert done.headers["Location"] == "/whats-new?sort=x"
    session_cookie = next(each for each in done.headers.getlist("Set-Cookie") if "forum_session" in each)
    assert "Max-Age=5184000" in session_cookie
    assert is_logged_in(client)
    assert (cookie(client, "forum_login"), rows_of(app, PendingLogin)) == ("", 0)
    assert log_of(app, "login", "login-password") == ["login-password", "login"]


@pytest.mark.slow
def test_after_the_password_every_address_answers_as_it_does_to_a_guest(
    app: Flask, client: FlaskClient, secret: str, scene: Scene
) -> None:
    guest = app.test_client()
    give_password(client, "olaf", remember="yes")
    tokens = {each: token_in(each.get("/login").text) for each in (client, guest)}
    for method, address in addresses(app, scene, ("GET", "POST", "PUT", "PATCH", "DELETE")):
        if not address.startswith("/login"):
            data = {} if method == "GET" else {"body": "Words"}
            seen, expected = (
                each.open(address, method=method, data=data and data | {"csrf_token": tokens[each]})
                for each in (client, guest)
            )
            assert seen.status_code == expected.status_code, (method, address)
            assert seen.headers.get("Location") == expected.headers.get("Location"), (method, address)
    assert client.get("/api/v1/settings").status_code == 401
    assert cookie(client) == ""
    assert rows_of(app, MemberSession) == 0


def by_password(app: Flask, client: FlaskClient) -> None:
    send(client, "/login", username="olaf", password=PASSWORD)


def by_reset(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        path = f"/reset/{mail_tokens.issue(Purpose.RESET, member=olaf(), email='', hours=1)}"
        session.commit()
    send(client, path, new_password=NEW)
    send(client, "/login", username="olaf", password=NEW)


def by_verifying(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        path = f"/verify/{mail_tokens.issue(Purpose.VERIFY, member=olaf(), email=olaf().email or '', hours=1)}"
        session.commit()
    assert send(client, path).headers["Location"] == "/login?note=confirmed"
    send(client, "/login", username="olaf", password=PASSWORD)


@pytest.mark.parametrize("way", [by_password, by_reset, by_verifying])
def test_no_way_in_leads_past_the_code(
    app: Flask, client: FlaskClient, secret: str, way: Callable[[Flask, FlaskClient], None]
) -> None:
    way(app, client)
    assert not is_logged_in(client)
    assert rows_of(app, MemberSession) == 0
    assert send(client, "/login/code", code=code(secret)).status_code == 303
    assert is_logged_in(client)


@pytest.mark.slow
def test_logins_begin_in_one_function_only() -> None:
    """So that a new page that logs somebody in cannot forget the code."""
    calls: dict[str, list[str]] = {"start": [], "_start_session": []}
    for path in paths.PACKAGE.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for call in ast.walk(function):
                    name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
                    if name in {"sessions.start", "_start_session"}:
                        calls[name.rpartition(".")[2]].append(f"{path.name}: {function.name}")
    assert calls == {
        "start": ["identity.py: _start_session"],
        "_start_session": ["identity.py: log_in", "identity.py: log_in_with_code"],
    }


def test_a_code_works_once_even_in_its_own_half_minute(app: Flask, secret: str) -> None:
    first, second = app.test_client(), app.test_client()
    with clock.frozen_at(clock.now()):
        for client in (first, second):
            give_password(client, "olaf")
        used, wrong = code(secret), wrong_code(secret)
        assert send(first, "/login/code", code=used).status_code == 303
        again, guessed = (send(second, "/login/code", code=typed) for typed in (used, wrong))
        assert (again.status_code, guessed.status_code) == (422, 422)
        alike = [answer.text.replace(token_in(answer.text), "") for answer in (again, guessed)]
        assert alike[0] == alike[1]
        assert "This code is wrong or was used before." in again.text
        assert used not in again.text
        earlier = send(second, "/login/code", code=code(secret, -1))
        assert earlier.status_code == 422, "an older code than the last is over"
        assert send(second, "/login/code", code=code(secret, 1)).status_code == 303
    assert log_of(app, "code-refused") == ["code-refused"] * 3


@pytest.mark.slow
def test_of_two_browsers_with_the_same_code_at_the_same_time_one_is_let_in(app: Flask, secret: str) -> None:
    for seconds in (0, 60, 120):
        with clock.frozen_at(clock.now() + timedelta(seconds=seconds)):
            clients = [app.test_client(), app.test_client()]
            for client in clients:
                give_password(client, "olaf")
            forms = [token_in(client.get("/login/code").text) for client in clients]
            barrier, typed = Barrier(2), code(secret)

            def give(number: int) -> int:
                barrier.wait()  # noqa: B023 - called in this round only
                data = {"csrf_token": forms[number], "code": typed}  # noqa: B023
                return clients[number].post("/login/code", data=data).status_code  # noqa: B023

            with ThreadPoolExecutor(2) as pool:
                tries = [pool.submit(copy_context().run, give, number) for number in (0, 1)]
                assert sorted(each.result() for each in tries) == [303, 422]


def test_five_wrong_codes_in_five_minutes_lock_the_account_wherever_they_come_from(app: Flask, secret: str) -> None:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    now = clock.now()
    with clock.frozen_at(now):
        clients = [app.test_client() for _ in range(3)]
        for client in clients:
            give_password(client, "olaf")
        typed = [wrong_code(secret)] * 3 + ["1" * 20] * 2
        statuses = [send(clients[at % 3], "/login/code", code=each).status_code for at, each in enumerate(typed)]
        assert statuses == [422] * 5
        locked = send(clients[0], "/login/code", code=code(secret))
        assert locked.status_code == 429
        assert 0 < int(locked.headers["Retry-After"]) <= 300
        assert "Too many attempts" in locked.text
    with clock.frozen_at(now + 6 * MINUTE):
        assert send(clients[0], "/login/code", code=code(secret)).status_code == 303


def test_right_codes_do_not_count(app: Flask, secret: str) -> None:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    now = clock.now()
    for number in range(7):
        with clock.frozen_at(now + number * timedelta(seconds=31)):
            client = app.test_client()
            give_password(client, "olaf")
            assert send(client, "/login/code", code=code(secret)).status_code == 303, number


def test_a_recovery_code_works_once_in_place_of_the_app(app: Flask, client: FlaskClient, secret: str) -> None:
    with app.app_context():
        codes = recovery_codes.renew(olaf())
        session.commit()
    give_password(client, "olaf")
    assert send(client, "/login/code", code=codes[3].replace("-", " ")).status_code == 303
    assert is_logged_in(client)
    other = app.test_client()
    give_password(other, "olaf")
    assert send(other, "/login/code", code=codes[3]).status_code == 422
    assert log_of(app, "use-recovery-code") == ["use-recovery-code"]
    with app.app_context():
        assert recovery_codes.left(olaf()) == 9


def test_the_step_between_ends_after_ten_minutes(app: Flask, client: FlaskClient, secret: str) -> None:
    give_password(client, "olaf", next="/members")
    form = token_in(client.get("/login/code").text)
    with clock.frozen_at(clock.now() + 11 * MINUTE):
        typed = {"csrf_token": form, "code": code(secret), "next": "/members"}
        answer = client.post("/login/code", data=typed)
        assert answer.headers["Location"] == "/login?note=expired&next=/members"
        assert "This login has expired." in client.get(answer.headers["Location"]).text
        assert client.get("/login/code").headers["Location"] == "/login?note=expired"
        with app.app_context():
            assert pending_logins.forget_expired() == 1


def test_the_step_between_is_bound_to_its_browser_and_used_once(app: Flask, client: FlaskClient, secret: str) -> None:
    give_password(client, "olaf")
    waiting = cookie(client, "forum_login")
    form = token_in(client.get("/login/code").text)
    with app.app_context():
        stored = session.scalars(select(PendingLogin.token_hash)).one()
        assert waiting not in stored
    other = app.test_client()
    assert other.get("/login/code").headers["Location"].startswith("/login?note=expired")
    other.set_cookie("forum_login", stored)
    assert other.get("/login/code").headers["Location"].startswith("/login?note=expired")
    assert client.post("/login/code", data={"csrf_token": form, "code": code(secret)}).status_code == 303
    client.post("/logout", data={"csrf_token": token_in(client.get("/account").text)})
    client.set_cookie("forum_login", waiting)
    assert client.get("/login/code").headers["Location"].startswith("/login?note=expired")


def end_by_password(app: Flask) -> None:
    actions.set_password(olaf(), new=NEW + " and more", home="")


def end_by_ban(app: Flask) -> None:
    olaf().role = "member"
    a_ban(olaf())


@pytest.mark.parametrize("end", [end_by_password, end_by_ban])
def test_a_new_password_or_a_ban_ends_the_step_between(
    app: Flask, client: FlaskClient, writing: Writing, secret: str, end: Callable[[Flask], None]
) -> None:
    give_password(client, "olaf")
    form = token_in(client.get("/login/code").text)
    with writing():
        end(app)
    answer = client.post("/login/code", data={"csrf_token": form, "code": code(secret)})
    assert answer.headers["Location"].startswith("/login?note=expired")
    assert not is_logged_in(client)


def test_a_member_has_a_bounded_number_of_logins_that_wait(app: Flask, secret: str) -> None:
    clients = [app.test_client() for _ in range(pending_logins.MAX_PER_MEMBER + 2)]
    for client in clients:
        give_password(client, "olaf")
    assert rows_of(app, PendingLogin) == pending_logins.MAX_PER_MEMBER
    assert clients[1].get("/login/code").status_code == 303
    assert send(clients[-1], "/login/code", code=code(secret)).status_code == 303


def test_the_code_of_a_form_needs_the_csrf_token(client: FlaskClient, secret: str) -> None:
    give_password(client, "olaf")
    assert client.post("/login/code", data={"code": code(secret)}).status_code == 403
    assert not is_logged_in(client)
