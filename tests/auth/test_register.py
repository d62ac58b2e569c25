"""Registration over HTTP, password reset, and the first admin."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from forum.infra.database.db import session, transaction
from forum.infra.settings import Settings
from forum.jobs.mail import send_mail
from forum.members.signup import registration
from forum.models import Mail, Member, MemberSession, Role
from tests.auth.forms import HOSTILE_NEXT, by_a_person, cookie, is_logged_in, send
from tests.conftest import log_in, settings_on
from tests.factories import PASSWORD, a_member

Writing = Callable[[], AbstractContextManager[None]]
WORDS = "seven green elephants"


def test_registering_logs_in(app: Flask, client: FlaskClient) -> None:
    answer = send(client, "/register", username="Anna", email="anna@example.org", password=WORDS, next="/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert is_logged_in(client)
    assert cookie(client, "forum_anonymous") == ""
    with app.app_context():
        assert session.scalars(select(Member)).one().username == "Anna"


def test_errors_are_shown_and_all_input_but_the_password_is_kept(client: FlaskClient) -> None:
    answer = send(client, "/register", username="admin", email="anna@example.org", password="pässwö")
    assert answer.status_code == 422
    assert 'value="admin"' in answer.text
    assert 'value="anna@example.org"' in answer.text
    assert "pässwö" not in answer.text
    assert "reserved" in answer.text


def test_unexpected_fields_change_nothing(app: Flask, client: FlaskClient) -> None:
    more = {"role": "admin", "is_admin": "1", "id": "77", "joined_at": "2001-01-01", "message_count": "9999"}
    more |= {
        "custom_title": "Chief",
        "email_verified_at": "2001-01-01",
        "password_hash": "x",
        "banned_at": "2001-01-01",
    }
    fields = {"username": "Anna", "email": "anna@example.org", "password": WORDS}
    assert send(client, "/register", **fields, **more).status_code == 303
    with app.app_context():
        anna = session.scalars(select(Member)).one()
        assert (anna.role, anna.message_count, anna.custom_title, anna.is_banned) == ("member", 0, "", False)
        assert anna.email_verified_at is None


def test_no_registration_redirects_to_another_site(app: Flask) -> None:
    for number, target in enumerate(HOSTILE_NEXT):
        fields = {"username": f"anna {number:03}", "email": f"a{number}@example.org", "password": WORDS}
        assert send(app.test_client(), "/register", next=target, **fields).headers["Location"] == "/"


def test_a_taken_name_is_reported_at_the_field(app: Flask, client: FlaskClient) -> None:
    send(client, "/register", username="Anna", email="anna@example.org", password=WORDS)
    answer = send(app.test_client(), "/register", username="ANNA", email="other@example.org", password=WORDS)
    assert answer.status_code == 422
    assert 'id="username-error"' in answer.text


def test_a_password_reset_request_gets_the_same_answer_for_all(app: Flask, writing: Writing) -> None:
    with writing():
        a_member("Anna")
    answers = []
    for name in ("Anna", "nobody", "nobody@example.org"):
        answer = send(app.test_client(), "/reset", username=name)
        answers.append(
            (answer.status_code, answer.headers["Location"], sorted(name for name, _ in answer.headers), answer.text)
        )
    assert all(answer == answers[0] for answer in answers)
    assert app.test_client().get("/reset/sent").status_code == 200


def test_a_password_is_reset_by_mail(
    app: Flask, client: FlaskClient, writing: Writing, caplog: pytest.LogCaptureFixture
) -> None:
    with writing():
        a_member("Anna", email="anna@example.org", email_key="anna@example.org")
    other = app.test_client()
    log_in(other, "Anna")
    with caplog.at_level(logging.DEBUG):
        send(client, "/reset", username="anna@example.org")
        with app.app_context():
            body = session.scalars(select(Mail.body)).one()
        path = "/reset/" + body.split("/reset/")[1].split()[0]
        page = client.get(path)
        assert page.status_code == 200
        assert page.headers["Referrer-Policy"] in {"strict-origin", "same-origin", "no-referrer"}
        assert page.headers["Cache-Control"] == "private, no-store"
        assert path not in page.text
        assert send(client, path, new_password="short").status_code == 422
        answer = send(client, path, new_password="nine purple crocodiles")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?note=reset")
    assert path.rpartition("/")[2] not in caplog.text
    assert not is_logged_in(client)
    assert not is_logged_in(other)
    assert client.get(path).status_code == 404
    assert client.post(path, data={"new_password": "ten silver herons fly"}).status_code in {403, 404}
    log_in(client, "Anna", "nine purple crocodiles")


def test_mails_never_contain_a_foreign_host(app: Flask, writing: Writing, tmp_path: Path) -> None:
    with writing():
        a_member("Anna", email="anna@example.org", email_key="anna@example.org")
    client = app.test_client()
    for headers in ({"Host": "evil.test"}, {"X-Forwarded-Host": "evil.test"}):
        assert client.post("/reset", data={"username": "Anna"}, headers=headers).status_code == 400
    send(client, "/reset", username="Anna")
    with app.app_context():
        assert "http://localhost/reset/" in session.scalars(select(Mail.body)).one()
        assert send_mail() == 1
    (letter,) = (app.extensions["forum.settings"].data / "outbox").glob("*.eml")
    assert b"evil" not in letter.read_bytes()


@pytest.mark.parametrize("host", ["6.6.6.6", "6.6.6.6:8000", "[2001:db8::6]", "[2001:db8::6]:8000", "[::ffff:6.6.6.6]"])
def test_mails_of_a_forum_without_a_base_url_never_contain_the_requested_ip_address(
    app: Flask, writing: Writing, host: str
) -> None:
    with writing():
        a_member("Anna", email="anna@example.org", email_key="anna@example.org")
    client, here = app.test_client(), {"Host": host}
    assert send(client, "/reset", username="Anna", headers=here).status_code == 303
    with app.app_context():
        path = "/reset/" + session.scalars(select(Mail.body)).one().split("/reset/")[1].split()[0]
    assert send(client, path, new_password="nine purple crocodiles", headers=here).status_code == 303
    with app.app_context():
        reset, changed = session.scalars(select(Mail.body).order_by(Mail.id)).all()
        assert send_mail() == 2
    assert f"\n{path}\n" in reset
    assert "\n/reset\n" in changed
    for letter in (app.extensions["forum.settings"].data / "outbox").glob("*.eml"):
        assert host.encode() not in letter.read_bytes()


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_mails_requested_on_the_forums_own_machine_contain_full_urls(app: Flask, writing: Writing, host: str) -> None:
    with writing():
        a_member("Anna", email="anna@example.org", email_key="anna@example.org")
    assert send(app.test_client(), "/reset", username="Anna", headers={"Host": host}).status_code == 303
    with app.app_context():
        assert f"http://{host}/reset/" in session.scalars(select(Mail.body)).one()


class TestSetup:
    """The setup of the first admin."""

    @pytest.fixture
    def secret(self, app: Flask) -> str:
        with app.app_context(), transaction():
            secret = registration.issue_setup_secret()
        assert secret is not None
        return secret

    def fields(self, secret: str, **more: str) -> dict[str, str]:
        return {"token": secret, "username": "chief", "email": "c@example.org", "password": WORDS} | more

    def test_without_the_secret_the_page_is_not_found(self, client: FlaskClient, secret: str) -> None:
        for wrong in ("", "wrong", "x" * 43, secret[:-1], secret.swapcase()):
            assert client.get(f"/setup?token={wrong}").status_code == 404
            assert send(client, "/setup", page="/login", **self.fields(wrong)).status_code == 404

    def test_it_works_once(self, app: Flask, client: FlaskClient, secret: str) -> None:
        assert client.get(f"/setup?token={secret}").status_code == 200
        short = send(client, "/setup", page=f"/setup?token={secret}", **self.fields(secret, password="wqzr mpkl bvtx"))
        assert short.status_code == 422
        assert "15" in short.text
        answer = send(client, "/setup", page=f"/setup?token={secret}", **self.fields(secret))
        assert answer.status_code == 303
        assert is_logged_in(client)
        again = app.test_client()
        assert again.get(f"/setup?token={secret}").status_code == 404
        assert send(again, "/setup", page="/login", **self.fields(secret, username="other")).status_code == 404
        with app.app_context():
            assert session.scalars(select(Member.role)).all() == [Role.ADMIN]

    def test_it_is_not_found_once_there_is_an_admin(self, client: FlaskClient, writing: Writing, secret: str) -> None:
        with writing():
            a_member(role="admin")
        assert client.get(f"/setup?token={secret}").status_code == 404


class TestWithMail:
    """With mail."""

    @pytest.fixture
    def settings(self, tmp_path_factory: pytest.TempPathFactory) -> Settings:
        return settings_on(
            tmp_path_factory.mktemp("mail"), FORUM_MAIL_URL="smtp://127.0.0.1:1", FORUM_BASE_URL="http://localhost"
        )

    def test_a_known_and_an_unknown_address_get_the_same_answer(self, app: Flask, writing: Writing) -> None:
        with writing():
            a_member("Bert", email="bert@example.org", email_key="bert@example.org")
        answers = []
        for name, email in (("Anna", "anna@example.org"), ("Carl", "bert@example.org")):
            client = app.test_client()
            answer = send(client, "/register", username=name, email=email, password=WORDS)
            headers = sorted(header for header, _ in answer.headers)
            first = (answer.status_code, answer.headers["Location"], headers, answer.text, is_logged_in(client))
            again = send(client, "/login", username=name, password=WORDS)
            answers.append((first, again.status_code, "e-mail we sent you first" in again.text))
        assert answers[0] == answers[1]
        assert answers[0][0][:2] == (303, "/register/sent")
        with app.app_context():
            assert session.scalar(select(func.count()).select_from(MemberSession)) == 0

    def test_opening_the_link_confirms_nothing_but_the_button_does(self, app: Flask, client: FlaskClient) -> None:
        send(client, "/register", username="Anna", email="anna@example.org", password=WORDS)
        with app.app_context():
            body = session.scalars(select(Mail.body)).one()
        path = "/verify/" + body.split("/verify/")[1].split()[0]
        for _ in range(2):
            page = client.get(path)
            assert page.status_code == 200
            assert "anna@example.org" in page.text
        with app.app_context():
            assert session.scalars(select(Member)).one().email_verified_at is None
        answer = send(client, path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/login?note=confirmed")
        assert "confirmed" in client.get(answer.headers["Location"]).text
        assert client.get(path).status_code == 404
        log_in(client, "Anna", WORDS)
        assert is_logged_in(client)


class TestWithLimits:
    """With production rate limits."""

    @pytest.fixture
    def settings(self, tmp_path_factory: pytest.TempPathFactory) -> Settings:
        return settings_on(tmp_path_factory.mktemp("limits"), FORUM_LIMITS="on")

    def test_three_accounts_a_day_from_one_address(self, app: Flask) -> None:
        statuses = []
        for number in range(4):
            fields = {"username": f"anna {number}", "email": f"a{number}@example.org", "password": WORDS}
            statuses.append(send(app.test_client(), "/register", **fields, **by_a_person(app)).status_code)
        assert statuses == [303, 303, 303, 429]

    def test_addresses_cannot_be_enumerated(self, app: Flask, writing: Writing) -> None:
        """Without mail a taken address is reported, but at most three times a day."""
        with writing():
            a_member("Bert", email="bert@example.org", email_key="bert@example.org")
        statuses = []
        for number in range(4):
            fields = {"username": f"anna {number}", "email": "bert@example.org", "password": PASSWORD}
            statuses.append(send(app.test_client(), "/register", **fields, **by_a_person(app)).status_code)
        assert statuses == [422, 422, 422, 429]
