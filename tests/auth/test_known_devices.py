"""A login in a browser in which the member has not logged in before is told them by e-mail, once."""

from collections.abc import Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.settings import Settings
from forum.members.rules import DEVICE_MAILS_PER_DAY
from forum.models import Mail, Member
from tests.auth.codes import code, give_password, protect
from tests.auth.forms import send
from tests.conftest import log_in, settings_on
from tests.factories import PASSWORD, a_member
from tests.middleware.guests import Writing, guest_get, statements

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def _members(writing: Writing) -> None:
    with writing():
        a_member("anna", email="anna@example.org", email_key="anna@example.org")
        a_member("ben", email="ben@example.org", email_key="ben@example.org")


def told(app: Flask) -> Sequence[Mail]:
    """The e-mails about logins in other browsers."""
    with app.app_context():
        return session.scalars(select(Mail).where(Mail.subject.startswith("New login")).order_by(Mail.id)).all()


def a_browser_of(app: Flask, *names: str) -> FlaskClient:
    """A browser in which members have logged in, one after the other."""
    browser = app.test_client()
    for name in names:
        log_in(browser, name)
        send(browser, "/logout", page="/account")
    return browser


def test_the_first_login_is_told_nobody(app: Flask) -> None:
    a_browser_of(app, "anna")
    assert told(app) == []


def test_a_login_in_another_browser_is_told_with_time_device_and_address(app: Flask, client: FlaskClient) -> None:
    a_browser_of(app, "anna")
    client.get("/login")
    send(
        client,
        "/login",
        username="anna",
        password=PASSWORD,
        headers={"User-Agent": FIREFOX},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    (mail,) = told(app)
    assert mail.recipient == "anna@example.org"
    for words in ("Firefox · Windows", "192.0.2.7", f"{clock.now():%Y-%m-%d} ", "/account/sessions"):
        assert words in mail.body


def test_a_browser_stays_known_after_logging_out_and_for_several_members(app: Flask) -> None:
    browser = a_browser_of(app, "anna", "ben", "anna", "ben")
    assert told(app) == []
    a_browser_of(app, "ben")
    assert [mail.recipient for mail in told(app)] == ["ben@example.org"]
    log_in(browser, "ben")
    assert len(told(app)) == 1


def test_a_mark_made_up_or_of_another_member_is_no_mark(app: Flask, client: FlaskClient) -> None:
    known = a_browser_of(app, "anna").get_cookie("forum_device")
    assert known is not None
    a_browser_of(app, "ben")
    for value in (known.value, "x" * 20, "." * 4000, "é" * 20, ""):
        browser = app.test_client()
        browser.set_cookie("forum_device", value)
        before = len(told(app))
        log_in(browser, "ben")
        assert len(told(app)) == before + 1, value


def test_with_two_factor_authentication_only_a_complete_login_is_told(app: Flask, writing: Writing) -> None:
    a_browser_of(app, "anna")
    with writing():
        secret = protect(session.scalars(select(Member).filter_by(username="anna")).one())
    browser = app.test_client()
    give_password(browser, "anna")
    assert told(app) == []
    send(browser, "/login/code", code=code(secret))
    assert len(told(app)) == 1


def test_a_marked_browser_gets_the_cached_pages_of_guests_after_logging_out(app: Flask) -> None:
    browser = a_browser_of(app, "anna")
    guest_get(browser, "/")
    guest_get(browser, "/")
    with statements(app) as sent:
        assert guest_get(browser, "/").status_code == 200
    assert sent == []


class TestLimits:
    """With production rate limits."""

    @pytest.fixture
    def settings(self, tmp_path_factory: pytest.TempPathFactory) -> Settings:
        return settings_on(tmp_path_factory.mktemp("limits"), FORUM_LIMITS="on")

    def test_somebody_who_logs_in_all_day_gets_a_few_e_mails(self, app: Flask) -> None:
        for _ in range(DEVICE_MAILS_PER_DAY + 2):
            a_browser_of(app, "anna")
        assert len(told(app)) == DEVICE_MAILS_PER_DAY
