"""The demonstration is emptied on a page of administration, and the overview says what to do next."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from forum.admin.demonstration import contents, emptying
from forum.infra import clock
from forum.infra.database.db import session
from forum.models import SiteSetting
from tests.admin.conftest import Send
from tests.admin.pages import error_at, member, parsed
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_post, a_thread
from tests.middleware.guests import Writing, guest_get, wait_until_visible

PAGE = "/admin/demonstration"


@pytest.fixture
def demonstration(writing: Writing, staff: None) -> None:
    """A board, Stage, with a thread by dora that anna has answered."""
    with writing():
        dora = a_member("dora", password_hash=None, email=None, email_key=None)
        a_post(thread=a_thread(by=dora, board=a_board("Stage"), title="Opening night"), by=member("anna"))
        named = {"name": "The Test Forum", "members": ["dora"], "boards": ["Stage", "Talk"]}
        session.add(SiteSetting(name=contents.SETTING, value=named))


def steps(client: FlaskClient) -> dict[str, bool]:
    """The first steps on the overview, and whether each is done."""
    page = BeautifulSoup(client.get("/admin").text, "html.parser")
    rows = page.select("section:has(h2:-soup-contains('First steps')) li div")
    return {str(row.contents[0]).strip(): bool(row.select(".mark-new")) for row in rows}


def seen_at(client: FlaskClient) -> str:
    field = parsed(client.get(PAGE)).select_one('main input[name="seen_at"]')
    assert field is not None
    return str(field["value"])


@pytest.mark.usefixtures("demonstration")
def test_an_admin_starts_their_own_forum(app: Flask, client: FlaskClient, admin: Send) -> None:
    assert list(steps(client))[:2] == ["Remove the demonstration", "Give the forum a name"]
    assert not steps(client)["Give the forum a name"], "it has the demonstration's"
    assert "Your members have written 1 message in the demonstration" in client.get(PAGE).text
    answer = admin(PAGE, seen_at=seen_at(client), sure="yes")
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    running = client.get(PAGE)
    assert "0 of 1 thread is done." in running.text
    assert running.headers["Refresh"] == "3"
    assert admin(PAGE, seen_at=clock.now().isoformat(), sure="yes").status_code == 303, "a double click"
    with app.app_context():
        emptying.run_pending()
    page = client.get(PAGE)
    assert "There is no demonstration in this forum." in page.text
    assert "Refresh" not in page.headers
    assert next(iter(steps(client))) == "Give the forum a name"
    wait_until_visible(app)
    for path in ("/", "/whats-new", "/feed.atom", "/sitemap.xml", "/search?q=opening", "/members"):
        assert "Opening night" not in guest_get(client, path).text, path
    assert "This forum has no boards yet." in guest_get(client, "/").text
    assert guest_get(client, "/threads/1").status_code == 404


@pytest.mark.usefixtures("demonstration")
def test_what_members_wrote_stays_if_the_admin_keeps_it(app: Flask, client: FlaskClient, admin: Send) -> None:
    kept = parsed(client.get(PAGE)).select_one('input[name="keep_answered"]')
    assert kept is not None
    assert kept.has_attr("checked"), "kept unless the admin says otherwise"
    admin(PAGE, seen_at=seen_at(client), sure="yes", keep_answered="yes")
    with app.app_context():
        emptying.run_pending()
    assert "Opening night" in client.get("/").text


@pytest.mark.usefixtures("demonstration")
def test_nothing_happens_unless_it_is_confirmed_on_a_page_of_today(client: FlaskClient, admin: Send) -> None:
    refused = admin(PAGE, seen_at=seen_at(client), keep_boards="yes")
    assert (refused.status_code, error_at(refused, "sure")) == (422, "Tick this to confirm.")
    chosen = parsed(refused).select_one('input[name="keep_boards"]')
    assert chosen is not None
    assert chosen.has_attr("checked"), "what was chosen is kept"
    for moment in ((clock.now() - timedelta(days=2)).isoformat(), "yesterday", "2026-01-01T00:00:00", ""):
        old = admin(PAGE, seen_at=moment, sure="yes")
        assert error_at(old, "sure").startswith("This page is old.")
    assert "What is removed" in client.get(PAGE).text


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("name", ["anna", "mona"])
def test_only_admins_see_and_confirm_it(client: FlaskClient, name: str) -> None:
    log_in(client, name)
    token = token_in(client.get("/account").text)
    assert client.get(PAGE).status_code == 403
    data = {"csrf_token": token, "sure": "yes", "seen_at": clock.now().isoformat()}
    for path in (PAGE, "/admin/first-steps/hide"):
        assert client.post(path, data=data).status_code == 403


def test_the_first_steps_can_be_hidden_and_shown_again(client: FlaskClient, admin: Send) -> None:
    assert "Remove the demonstration" not in steps(client)
    admin("/admin/first-steps/hide")
    assert steps(client) == {}
    admin("/admin/first-steps/show")
    assert "Create boards" in steps(client)
