"""Failing mail is reported: to operators, to Prometheus, and to admins on every page."""

import re
import smtplib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.health import checks, status_notes
from forum.infra import clock
from forum.infra.database.db import session, start_writing, transaction
from forum.infra.settings import Settings
from forum.infra.smtp import error_text
from forum.infra.text.messages import say
from forum.jobs.mail import send_mail
from forum.mail import counts
from forum.mail.counts import Fate
from forum.members import account_mail
from tests.conftest import log_in, settings_on
from tests.factories import a_member
from tests.health.test_ready import BEARER, TOKEN, lines
from tests.servers import free_port


@pytest.fixture
def app(app: Flask) -> Flask:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], metrics_token=TOKEN)
    return app


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    urls = {"FORUM_MAIL_URL": f"smtp://127.0.0.1:{free_port()}", "FORUM_BASE_URL": "http://localhost"}
    return settings_on(tmp_path / "data", **urls)


def write_and_send(app: Flask) -> None:
    with app.app_context():
        start_writing()
        account_mail.queue_mail("anna@example.org", say("Hello"), say("Hello."))
        session.commit()
        send_mail()


def metered(client: FlaskClient) -> dict[str, float]:
    text = client.get("/metrics", headers=BEARER).text
    found = [line.rpartition(" ") for line in text.splitlines() if line.startswith("forum_mail")]
    return {name: float(value) for name, _, value in found}


def test_failures_are_reported_to_operators_and_counted(app: Flask, client: FlaskClient) -> None:
    assert lines(client)["mail"] == "ok, none sent yet"
    write_and_send(app)
    message = lines(client)["mail"]
    assert re.fullmatch(r"warning, last failure \d s ago, none sent yet; Connection refused", message)
    assert client.get("/health/ready").status_code == 200, "pages are read without mail"
    values = metered(client)
    counted = [values[f"forum_mail_{name}"] for name in ("failures_total", "is_failing", "waiting")]
    assert counted == [1, 1, 1]


def test_admins_see_it_on_every_page_and_nobody_else_does(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forum.web.site.mail_notice.CHECK_SECONDS", 0.0)
    with app.app_context(), transaction():
        a_member("Anna", role="admin")
        a_member("Mona", role="moderator")
    admin, moderator = app.test_client(), app.test_client()
    log_in(admin, "Anna")
    log_in(moderator, "Mona")
    words = "E-mail is not being delivered"
    assert words not in admin.get("/members").text
    write_and_send(app)
    assert words in admin.get("/members").text
    assert "Connection refused" in admin.get("/").text
    for other in (moderator, app.test_client()):
        assert words not in other.get("/members").text
    with app.app_context():
        status_notes.note(status_notes.MAIL_SENT, ends=(status_notes.MAIL_FAILED,))
    assert words not in admin.get("/members").text


def test_one_refusing_mailbox_is_no_problem_and_three_in_a_row_are(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        for number in range(1, 4):
            status_notes.note(status_notes.MAIL_REFUSED, "550 no such user")
            assert lines(client)["mail"].startswith("warning" if number == 3 else "ok")
        status_notes.note(status_notes.MAIL_SENT, ends=(status_notes.MAIL_FAILED, status_notes.MAIL_REFUSED))
    assert re.fullmatch(r"ok, last sent \d s ago", lines(client)["mail"])


def test_yesterdays_failure_is_not_reported(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        status_notes.note(status_notes.MAIL_FAILED, "Connection refused")
        with clock.frozen_at(clock.now() + timedelta(hours=25)):
            assert checks.mail().level is checks.Level.OK


def test_servers_answers_are_reported_without_addresses() -> None:
    refusal = smtplib.SMTPRecipientsRefused({"anna@example.org": (550, b"5.1.1 <anna@example.org>: no\nsuch user")})
    assert error_text(refusal) == "550 5.1.1 … no such user"
    assert error_text(smtplib.SMTPAuthenticationError(535, b"5.7.8 bad credentials")) == "535 5.7.8 bad credentials"
    assert error_text(ConnectionRefusedError(111, "Connection refused")) == "Connection refused"
    assert error_text(TimeoutError()) == "TimeoutError"


def test_the_doctor_says_when_much_of_a_day_s_mail_fails(app_in_context: Flask) -> None:
    assert list(checks.failed_mail()) == []

    def add(fate: Fate, times: int) -> None:
        with transaction():
            for _ in range(times):
                counts.count(fate)

    add(Fate.SENT, 90)
    add(Fate.BOUNCED, 9)
    assert list(checks.failed_mail()) == [], "too few to tell"
    add(Fate.SENT, 5)
    add(Fate.REFUSED, 5)
    (check,) = checks.failed_mail()
    assert check.level is checks.Level.WARNING
    assert check.words.startswith("14 of 100 messages of ")
    with clock.frozen_at(clock.now() + timedelta(days=1)):
        assert list(checks.failed_mail()) == [check], "of yesterday, which is complete"
    with clock.frozen_at(clock.now() + timedelta(days=2)):
        assert list(checks.failed_mail()) == []


def test_what_came_back_is_counted_for_prometheus(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        for fate in (Fate.BOUNCED, Fate.BOUNCED, Fate.COMPLAINED):
            counts.count(fate)
    values = metered(client)
    assert (values["forum_mail_bounced_total"], values["forum_mail_complained_total"]) == (2, 1)
