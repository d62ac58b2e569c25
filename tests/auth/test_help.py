"""Without mail, a member who forgot their password is told who can help; the operator can reset it with a command."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.infra.settings import Settings
from forum.members import actions
from forum.members.credentials import api_tokens
from forum.models import Member
from tests.auth.forms import send
from tests.cli.commands import forum, refusal, rows
from tests.conftest import log_in, settings_on
from tests.factories import a_member

PASSWORD, OTHER = "correct horse battery staple", "nine purple crocodiles"


@pytest.fixture
def staff(app: Flask, request: pytest.FixtureRequest) -> Flask:
    with request.getfixturevalue("writing")():
        a_member("Anna", role="admin")
        a_member("Otto", role="admin", password_hash=None)  # from an archive: cannot log in, so cannot help
        a_member("Mona", role="moderator")
    return app


def test_without_mail_no_mail_is_promised_and_admins_are_named(staff: Flask, client: FlaskClient) -> None:
    for page in (client.get("/reset").text, client.get("/reset/sent").text):
        assert "does not send e-mail" in page
        assert 'href="/members/1-anna"' in page
        assert "Otto" not in page
        assert "Mona" not in page
        assert "forum set-password NAME" in page
        assert "your mail" not in page
        assert "to the e-mail address of the account" not in page
    assert send(client, "/reset", username="Anna").headers["Location"] == "/reset/sent"


def test_without_an_admin_the_page_says_so(client: FlaskClient) -> None:
    assert "Ask the people who run this forum" in client.get("/reset").text


class TestWithMail:
    """With mail."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        urls = {"FORUM_MAIL_URL": "smtp://127.0.0.1:1", "FORUM_BASE_URL": "http://localhost"}
        return settings_on(tmp_path / "data", **urls)

    def test_the_link_is_mailed(self, staff: Flask, client: FlaskClient) -> None:
        assert staff.name
        for page in (client.get("/reset").text, client.get("/reset/sent").text):
            assert "does not send e-mail" not in page
            assert "Anna" not in page


@pytest.fixture
def data(tmp_path: Path) -> Path:
    words = ("create-member", "Anna", "--email", "anna@example.org", "--admin", "--password-stdin")
    assert forum(tmp_path / "data", *words, typed=PASSWORD).returncode == 0
    return tmp_path / "data"


@pytest.mark.parametrize("name", ["Anna", "anna", "anna@example.org"])
def test_the_operator_sets_a_password(name: str, data: Path) -> None:
    ((before,),) = rows(data, "SELECT password_hash FROM member")
    done = forum(data, "set-password", name, "--password-stdin", typed=OTHER)
    assert (done.returncode, done.stdout) == (0, "Anna has a new password and is logged out everywhere.\n")
    ((after,),) = rows(data, "SELECT password_hash FROM member")
    assert before != after
    assert OTHER not in after
    assert rows(data, "SELECT count(*) FROM log_entry WHERE action = 'set-password' AND actor_id IS NULL") == [(1,)]


def test_a_password_that_is_not_good_enough_changes_nothing(data: Path) -> None:
    before = rows(data, "SELECT password_hash FROM member")
    assert "password: " in refusal(data, "set-password", "Anna", "--password-stdin", typed="short")
    assert "There is no member otto." in refusal(data, "set-password", "otto", "--password-stdin", typed=OTHER)
    assert rows(data, "SELECT password_hash FROM member") == before


@pytest.mark.parametrize("end_tokens", [False, True])
def test_all_sessions_end_and_api_tokens_on_request(
    end_tokens: bool, app: Flask, client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        ben = a_member("Ben")
        bearer = {"Authorization": f"Bearer {api_tokens.make(ben, name='a program', scopes=['read'])}"}
    log_in(client, "Ben")
    with writing():
        actions.set_password(session.get_one(Member, 1), new=OTHER, home="", end_tokens=end_tokens)
    assert client.get("/account/password").status_code == 303
    assert app.test_client().get("/api/v1/me", headers=bearer).status_code == (401 if end_tokens else 200)
    log_in(app.test_client(), "Ben", OTHER)


def test_an_unconfirmed_account_is_activated(app: Flask, writing: Callable[[], AbstractContextManager[None]]) -> None:
    with writing():
        a_member("Ben", joined_at=None)
    with writing():
        actions.set_password(session.get_one(Member, 1), new=OTHER, home="")
    log_in(app.test_client(), "Ben", OTHER)
