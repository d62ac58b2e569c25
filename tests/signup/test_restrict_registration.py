"""Who may register: everybody, the invited or nobody; and the question of the form."""

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from forum.infra.database.db import session, transaction
from forum.infra.errors import Invalid
from forum.members.queries import member_by_name
from forum.members.signup import registration as accounts
from forum.models import Member, SiteSetting
from forum.site.actions import set_value
from forum.site.queries import snapshot
from tests.api.conftest import MakeProgram
from tests.auth.forms import is_logged_in, send
from tests.conftest import token_in
from tests.middleware.guests import wait_until_visible
from tests.signup.conftest import THREAD, WORDS, Settings, a_code, registration, stored

# mode, what a thread says to guests, whether it and the header lead to /register, what the login page offers
MODES = [
    ("open", "You must log in or register to reply here.", True, "Register"),
    (
        "invitation",
        "You must log in to reply here. New members need an invitation.",
        False,
        "Register with an invitation",
    ),
    ("closed", "You must log in to reply here.", False, None),
]


@pytest.mark.parametrize(("mode", "words", "leads", "offer"), MODES)
def test_guests_are_not_led_to_a_form_that_would_refuse_them(
    client: FlaskClient, set_up: Settings, mode: str, words: str, leads: bool, offer: str | None
) -> None:
    set_up(registration=mode)
    page = client.get(THREAD).text
    assert words in page
    assert ('href="/register' in page) == leads
    link = BeautifulSoup(client.get("/login").text, "html.parser").select_one('main a[href^="/register"]')
    assert (link.text if link else None) == offer


@pytest.mark.usefixtures("people")
def test_a_cached_page_of_guests_follows_the_mode(app: Flask, client: FlaskClient, set_up: Settings) -> None:
    assert [('href="/register' in client.get("/").text) for _ in range(3)] == [True] * 3
    set_up(registration="closed")
    wait_until_visible(app)
    assert 'href="/register' not in client.get("/").text


def test_a_closed_forum_says_whom_to_contact_and_keeps_what_was_typed_before(
    app: Flask, client: FlaskClient, set_up: Settings
) -> None:
    form = token_in(client.get("/register").text)
    with app.app_context(), transaction():  # as another process does: this one's snapshot is a second old at most
        session.add(SiteSetting(name="registration", value="closed"))
        session.execute(update(SiteSetting).where(SiteSetting.name == "version").values(value=999))
    answer = client.post("/register", data=registration() | {"csrf_token": form})
    assert answer.status_code == 403
    assert "Registration is closed." in answer.text
    assert 'value="carl@example.org"' in answer.text
    page = client.get(f"/register?invitation={a_code(app)}")
    assert 'href="/contact"' in page.text
    assert "Your invitation does not work" in page.text
    assert "<form" not in page.text.partition("<main")[2]


def test_the_operator_and_the_first_admin_are_not_concerned(app: Flask, app_in_context: object) -> None:
    set_value("registration", "closed")
    set_value("registration_question", "Which planet?")
    secret = accounts.issue_setup_secret()
    assert secret is not None
    session.commit()
    accounts.make_first_admin(secret, username="olaf", email="olaf@example.org", password=WORDS)
    accounts.create_by_operator(username="anna", email="anna@example.org", password=WORDS)
    assert member_by_name("anna") is not None


def test_a_way_to_register_of_a_later_version_lets_nobody_in(app_in_context: object) -> None:
    set_value("registration", "by-lot")
    assert snapshot().registration == "closed"


def test_by_invitation_only_the_invited_register_and_a_refusal_uses_nothing_up(
    app: Flask, client: FlaskClient, set_up: Settings
) -> None:
    set_up(registration="invitation")
    assert "ask a member of this forum for an invitation" in client.get("/register").text
    refused = send(client, "/register", **registration())
    assert (refused.status_code, "Enter the code of your invitation." in refused.text) == (422, True)
    assert "no longer works" in send(client, "/register", **registration(invitation="x" * 32)).text
    code = a_code(app)
    page = client.get(f"/register?invitation={code}")
    assert "has invited you" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["Referrer-Policy"] == "strict-origin"
    weak = send(client, "/register", **registration(invitation=code, password="short"))
    assert (weak.status_code, f'value="{code}"' in weak.text) == (422, True)
    assert stored(app) == [("open", "anna", None)]
    answer = send(client, "/register", **registration(invitation=f" http://localhost/register?invitation={code} "))
    assert answer.status_code == 303
    assert is_logged_in(client)
    assert stored(app) == [("used", "anna", "Carl")]
    other = app.test_client()
    again = send(other, "/register", **registration("Dora", invitation=code))
    assert (again.status_code, "was used or revoked" in again.text) == (422, True)
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Member)) == 4


def test_in_an_open_forum_an_invitation_is_noted_but_not_needed(
    app: Flask, client: FlaskClient, set_up: Settings
) -> None:
    code = a_code(app)
    assert send(client, "/register", **registration(invitation=code)).status_code == 303
    assert stored(app) == [("used", "anna", "Carl")]
    other = app.test_client()
    assert "you can register without it" in other.get(f"/register?invitation={code}").text
    refused = send(other, "/register", **registration("Dora", invitation=code))
    assert "Leave this empty to register without an invitation." in refused.text
    assert send(other, "/register", **registration("Dora")).status_code == 303


@pytest.mark.parametrize("answer", ["Neptun", "  NÉPTUN ", "the  Planet-neptun!"])
def test_the_question_is_answered_whatever_the_case_accents_and_spaces(
    client: FlaskClient, set_up: Settings, answer: str
) -> None:
    set_up(registration_answers="neptun\r\nThe planet Neptun", registration_question="Which planet comes last?")
    page = BeautifulSoup(client.get("/register").text, "html.parser")
    label = page.select_one('label[for="answer"]')
    assert label is not None
    assert label.text == "Which planet comes last?"
    wrong = send(client, "/register", **registration(answer="Pluto"))
    assert (wrong.status_code, "This is not the answer." in wrong.text) == (422, True)
    for kept in ('value="Carl"', 'value="carl@example.org"', 'value="Pluto"'):
        assert kept in wrong.text
    assert send(client, "/register", **registration(answer=answer)).status_code == 303


def test_programs_change_who_may_register(client: FlaskClient, people: None, program: MakeProgram) -> None:
    olaf = program("olaf", scopes="read write admin")
    assert olaf.get("/settings")["registration"] == "open"
    assert olaf.send("PATCH", "/settings", {"registration": "closed"}, status=200)["registration"] == "closed"
    assert "Registration is closed" in client.get("/register").text
    refused = olaf.send("PATCH", "/settings", {"registration": "maybe"}, status=422)
    assert refused["errors"].keys() == {"registration"}
    refused = olaf.send("PATCH", "/settings", {"ask_to_accept_terms": True}, status=422)
    assert refused["errors"] == {"ask_to_accept_terms": ["First write the terms."]}


def test_a_question_needs_an_answer(set_up: Settings) -> None:
    with pytest.raises(Invalid) as refused:
        set_up(registration_question="Which planet?", registration_answers=" \n")
    assert refused.value.fields.keys() == {"registration_answers"}
