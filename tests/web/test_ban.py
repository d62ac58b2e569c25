"""Banning from the profile page: who may, what banned members read, and how a ban is lifted."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from forum.infra import clock
from forum.site.actions import set_value
from tests.conftest import log_in, token_in
from tests.factories import PASSWORD, a_member
from tests.middleware.guests import wait_until_visible

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def ben(writing: Writing) -> str:
    """The path of a member's profile; a moderator and an admin exist too."""
    with writing():
        a_member("mona", role="moderator")
        a_member("olaf", role="admin")
        a_member("anna")
        return a_member("ben").path


def send(client: FlaskClient, address: str, **fields: str):  # type: ignore[no-untyped-def]
    token = token_in(client.get("/account").text)
    return client.post(address, data={"csrf_token": token} | fields)


def test_a_moderator_bans_from_the_profile_and_lifts_the_ban(client: FlaskClient, app: Flask, ben: str) -> None:
    log_in(client, "mona")
    profile = BeautifulSoup(client.get(ben).text, "html.parser")
    link = profile.select_one(f'main a[href="{ben}/ban"]')
    assert link is not None
    assert link.text == "Ban"
    day = (clock.now() + timedelta(days=30)).date()
    answer = send(client, f"{ben}/ban", reason="Spam", until=day.isoformat())
    assert (answer.status_code, answer.headers["Location"]) == (303, ben)
    page = BeautifulSoup(client.get(ben).text, "html.parser")
    toast = page.select_one(".toasts .toast")
    assert toast is not None
    assert "Member banned." in toast.text
    undo = toast.select_one("button[formaction]")
    assert undo is not None
    note = page.select_one(".ban-note")
    assert note is not None
    assert "By mona. Reason: Spam" in " ".join(note.text.split())
    assert undo["formaction"] == "/members/4-x/unban"
    assert send(client, str(undo["formaction"])).status_code == 303
    assert "Banned" not in client.get(ben).text


def test_banned_members_read_why_until_when_and_how_to_contact_the_staff(client: FlaskClient, ben: str) -> None:
    log_in(client, "mona")
    send(client, f"{ben}/ban", reason="Posting advertisements", until="2099-05-12")
    send(client, "/logout")
    form = token_in(client.get("/login").text)
    answer = client.post("/login", data={"username": "ben", "password": PASSWORD, "csrf_token": form})
    assert answer.status_code == 403
    assert "You are banned until May 12, 2099. Reason: Posting advertisements" in answer.text
    assert '<a href="/contact">' in answer.text


def test_members_and_guests_can_neither_see_nor_use_the_ban_form(client: FlaskClient, app: Flask, ben: str) -> None:
    assert f"{ben}/ban" not in client.get(ben).text
    assert client.get(f"{ben}/ban").status_code == 303
    log_in(client, "anna")
    assert f"{ben}/ban" not in client.get(ben).text
    assert client.get(f"{ben}/ban").status_code == 403
    assert send(client, f"{ben}/ban", reason="x").status_code == 403


def test_the_ban_form_is_missing_on_profiles_of_the_same_rank(client: FlaskClient, ben: str, app: Flask) -> None:
    log_in(client, "mona")
    for name in ("mona", "olaf"):
        number = {"mona": 1, "olaf": 2}[name]
        assert f"/members/{number}-{name}/ban" not in client.get(f"/members/{number}-{name}").text
        assert client.get(f"/members/{number}-{name}/ban").status_code == 403


def test_an_invalid_date_keeps_what_was_typed(client: FlaskClient, ben: str) -> None:
    log_in(client, "mona")
    for day, words in (("tomorrow", "Enter the date as YYYY-MM-DD."), ("2001-01-01", "Choose a day after today.")):
        answer = send(client, f"{ben}/ban", reason="Spam", until=day)
        assert answer.status_code == 422
        assert words in answer.text
        assert 'value="Spam"' in answer.text


def test_the_contact_page_shows_the_operators_text_and_the_staff(
    app: Flask, client: FlaskClient, writing: Writing, ben: str
) -> None:
    page = client.get("/contact").text
    assert "mona" in page
    assert "anna" not in page
    with writing():
        set_value("contact", "Write to [the office](mailto:office@example.org).")
    wait_until_visible(app)
    assert "mailto:office@example.org" in client.get("/contact").text
