"""Members set up two-factor authentication in their account, renew recovery codes, and turn it off."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum.archive.export import export
from forum.infra import clock
from forum.infra.database.db import session
from forum.members.credentials import recovery_codes, sessions
from forum.models import LogEntry, Mail, Member, RecoveryCode, TwoFactor
from tests.auth.codes import code, give_password, protect, wrong_code
from tests.auth.forms import send
from tests.conftest import log_in, token_in
from tests.factories import a_member

Writing = Callable[[], AbstractContextManager[None]]
PAGE = "/account/two-factor"

ABOUT_TWO_FACTOR = select(Mail).where(Mail.subject.startswith("Two-factor"))


@pytest.fixture
def anna(client: FlaskClient, writing: Writing) -> FlaskClient:
    with writing():
        a_member("anna")
    log_in(client, "anna")
    return client


def row() -> Member:
    return session.scalars(select(Member).where(Member.username == "anna")).one()


def begin(browser: FlaskClient) -> str:
    """Begin the set-up; the secret as it is shown."""
    assert send(browser, "/account/two-factor/begin", page=PAGE).status_code == 303
    return shown_secret(browser)


def shown_secret(browser: FlaskClient) -> str:
    shown = BeautifulSoup(browser.get(PAGE).text, "html.parser").select_one("code.secret")
    assert shown is not None
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", shown.text)
    return shown.text.replace(" ", "")


def shown_codes(answer: TestResponse) -> list[str]:
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")
    return re.findall(r"(?:\d{5}-){3}\d{5}", answer.text)


def test_it_is_on_only_after_a_right_code(app: Flask, anna: FlaskClient) -> None:
    secret = begin(anna)
    page = anna.get(PAGE)
    assert page.headers["Cache-Control"] == "private, no-store"
    html = BeautifulSoup(page.text, "html.parser")
    link = html.select_one("a[href^='otpauth://totp/']")
    assert link is not None
    assert "%3Aanna?" in str(link["href"])
    assert f"secret={secret}" in str(link["href"])
    assert html.select_one("svg.qr path") is not None
    refused = send(anna, "/account/two-factor/on", page=PAGE, code=wrong_code(secret))
    assert refused.status_code == 422
    assert "This code is wrong." in refused.text
    log_in(app.test_client(), "anna")  # still with the password alone

    codes = shown_codes(send(anna, "/account/two-factor/on", page=PAGE, code=code(secret)))

    assert len(set(codes)) == recovery_codes.COUNT
    give_password(app.test_client(), "anna")
    with app.app_context():
        mails = session.scalars(ABOUT_TWO_FACTOR).all()
        acts = session.scalars(select(LogEntry.action).where(LogEntry.action == "turn-on-two-factor")).all()
        assert [mail.subject for mail in mails] == ["Two-factor authentication is on"]
        assert len(acts) == 1
    later = anna.get(PAGE).text
    assert secret not in later.replace(" ", "")
    assert not any(each in later for each in codes)
    assert "10 of your recovery codes are left." in later


def test_the_code_of_the_set_up_does_not_log_in(app: Flask, anna: FlaskClient) -> None:
    with clock.frozen_at(clock.now()):
        secret = begin(anna)
        send(anna, "/account/two-factor/on", page=PAGE, code=code(secret))
        other = app.test_client()
        give_password(other, "anna")
        assert send(other, "/login/code", code=code(secret)).status_code == 422


def test_setting_up_survives_a_reload_and_a_second_tab(anna: FlaskClient) -> None:
    secret = begin(anna)
    assert shown_secret(anna) == secret
    assert begin(anna) == secret


def test_a_double_click_shows_recovery_codes_that_work(app: Flask, anna: FlaskClient) -> None:
    with clock.frozen_at(clock.now()):
        secret = begin(anna)
        form = token_in(anna.get(PAGE).text)
        answers = [
            anna.post("/account/two-factor/on", data={"csrf_token": form, "code": code(secret)}) for _ in range(2)
        ]
    last = shown_codes(answers[1])
    assert len(last) == recovery_codes.COUNT
    other = app.test_client()
    give_password(other, "anna")
    assert send(other, "/login/code", code=last[0]).status_code == 303
    with app.app_context():
        assert len(session.scalars(ABOUT_TWO_FACTOR).all()) == 1


def test_a_set_up_is_cancelled(app: Flask, anna: FlaskClient) -> None:
    secret = begin(anna)
    form = token_in(anna.get(PAGE).text)
    assert anna.post("/account/two-factor/off", data={"csrf_token": form}).status_code == 303
    assert anna.post("/account/two-factor/on", data={"csrf_token": form, "code": code(secret)}).status_code == 409
    assert begin(anna) != secret
    with app.app_context():
        assert session.scalars(ABOUT_TWO_FACTOR).all() == []


def test_new_recovery_codes_replace_the_old_ones_and_only_hashes_are_stored(app: Flask, anna: FlaskClient) -> None:
    secret = begin(anna)
    old = shown_codes(send(anna, "/account/two-factor/on", page=PAGE, code=code(secret)))
    new = shown_codes(send(anna, "/account/two-factor/codes", page=PAGE))
    assert not set(old) & set(new)
    other = app.test_client()
    give_password(other, "anna")
    assert send(other, "/login/code", code=old[0]).status_code == 422
    assert send(other, "/login/code", code=new[0]).status_code == 303
    with app.app_context():
        stored = session.scalars(select(RecoveryCode.code_hash)).all()
        assert len(stored) == 9
        assert all(len(each) == 64 for each in stored)


@pytest.mark.parametrize(("left", "warns"), [(4, False), (3, True), (0, True)])
def test_a_warning_shows_when_few_recovery_codes_are_left(
    app: Flask, anna: FlaskClient, writing: Writing, left: int, warns: bool
) -> None:
    with writing():
        protect(row())
        codes = recovery_codes.renew(row())
        for each in codes[left:]:
            assert recovery_codes.consume(row(), each.replace("-", ""))
    assert ("Create new ones" in anna.get(PAGE).text) == warns


def test_turned_off_the_password_is_enough_and_the_member_is_told(app: Flask, anna: FlaskClient) -> None:
    secret = begin(anna)
    send(anna, "/account/two-factor/on", page=PAGE, code=code(secret))
    answer = send(anna, "/account/two-factor/off", page=PAGE)
    assert answer.status_code == 303
    assert "Two-factor authentication is turned off." in anna.get(PAGE).text
    log_in(app.test_client(), "anna")
    with app.app_context():
        assert (session.get(TwoFactor, row().id), recovery_codes.left(row())) == (None, 0)
        assert session.scalars(ABOUT_TWO_FACTOR).all()[-1].subject == "Two-factor authentication is off"
    assert anna.post("/account/two-factor/codes", data={"csrf_token": token_in(anna.get(PAGE).text)}).status_code == 409


def test_the_password_is_asked_for_before_anything_is_shown_or_changed(app: Flask, anna: FlaskClient) -> None:
    form = token_in(anna.get(PAGE).text)
    with clock.frozen_at(clock.now() + timedelta(minutes=61)):
        asked = "/account/confirm?next=%2Faccount%2Ftwo-factor"
        assert anna.get(PAGE).headers["Location"] == asked
        for act in ("begin", "on", "codes", "off"):
            assert anna.post(f"{PAGE}/{act}", data={"csrf_token": form, "code": "1"}).headers["Location"] == asked, act
    with app.app_context():
        assert session.get(TwoFactor, row().id) is None


def test_guests_are_asked_to_log_in(client: FlaskClient) -> None:
    assert client.get(PAGE).headers["Location"].startswith("/login?next=")


def test_neither_archive_nor_log_nor_any_page_has_the_secret(app: Flask, anna: FlaskClient, tmp_path: Path) -> None:
    secret = begin(anna)
    codes = shown_codes(send(anna, "/account/two-factor/on", page=PAGE, code=code(secret)))
    with app.app_context():
        export(tmp_path / "archive")
        told = [str(vars(each)) for kind in (LogEntry, Mail) for each in session.scalars(select(kind))]
    written = [path.read_text() for path in (tmp_path / "archive").rglob("*") if path.is_file()]
    assert written
    pages = [anna.get(path).text for path in ("/account", "/account/sessions", "/api/v1/members/1", PAGE)]
    for text in (*told, *written, *pages):
        assert secret not in text.replace(" ", "")
        assert not any(each in text for each in codes)
        assert "two_factor_at" not in text


def test_a_set_up_that_somebody_else_may_have_begun_ends_with_the_logins_and_after_half_an_hour(
    app: Flask, anna: FlaskClient, writing: Writing
) -> None:
    secret = begin(anna)
    with writing():
        sessions.end_all(row())
    log_in(anna, "anna")
    later = begin(anna)
    assert later != secret
    with clock.frozen_at(clock.now() + timedelta(minutes=31)):
        assert "code.secret" not in anna.get(PAGE).text
        assert send(anna, "/account/two-factor/on", page=PAGE, code=code(later)).status_code == 409
        assert begin(anna) != later
