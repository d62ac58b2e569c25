"""Terms of use that members must accept: at registration, and again after a change that matters."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum import permissions
from forum.admin.groups.explanations import explain
from forum.admin.groups.group_actions import groups_in_order
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.models import Board, Thread
from forum.site.terms import must_accept_terms
from tests.admin.pages import parsed
from tests.api.conftest import MakeProgram
from tests.auth.forms import send
from tests.conftest import log_in
from tests.factories import a_member
from tests.middleware.guests import Writing, statements
from tests.signup.conftest import THREAD, Settings, named, poster, registration

TERMS = "Be kind, and **patient**."


@pytest.fixture
def asked(set_up: Settings) -> None:
    """Terms that all members have to accept."""
    set_up(terms=TERMS, terms_must_be_accepted=True, ask_to_accept_terms=True)


def accepted(app: Flask, name: str) -> tuple[int, datetime | None]:
    with app.app_context():
        member = named(name)
        return member.accepted_terms_version, member.accepted_terms_at


def test_who_registers_accepts_the_terms_if_there_are_any(app: Flask, client: FlaskClient, set_up: Settings) -> None:
    set_up(terms_must_be_accepted=True)
    assert "accepts_terms" not in client.get("/register").text
    set_up(terms=TERMS)
    box = parsed(client.get("/register")).select_one(".field:has(input[name=accepts_terms])")
    assert box is not None
    assert " ".join(box.text.split()) == "I have read and accept the terms of use"
    refused = send(client, "/register", **registration())
    assert (refused.status_code, "Accept the terms of use to register." in refused.text) == (422, True)
    assert 'value="carl@example.org"' in refused.text
    assert send(client, "/register", **registration(accepts_terms="yes")).status_code == 303
    assert accepted(app, "Carl")[1] is not None
    assert send(client, f"{THREAD}/reply", page=THREAD, body="I am new here.").status_code == 303


def test_members_are_only_asked_if_an_admin_says_so(app: Flask, client: FlaskClient, set_up: Settings) -> None:
    for given, field in (({}, "First write the terms."), ({"terms": TERMS}, "First turn on")):
        with pytest.raises(Invalid) as refused:
            set_up(ask_to_accept_terms=True, **given)
        assert str(refused.value.fields["ask_to_accept_terms"][0]).startswith(field)
    set_up(terms=TERMS, terms_must_be_accepted=True)
    assert poster(client, "anna")(f"{THREAD}/reply", body="I was here before.").status_code == 303
    assert accepted(app, "anna") == (0, None)


def test_until_they_accept_members_read_but_do_not_write(app: Flask, client: FlaskClient, set_up: Settings) -> None:
    post = poster(client, "anna")
    before = client.get(THREAD).text
    assert "composer" in before
    set_up(terms=TERMS, terms_must_be_accepted=True, ask_to_accept_terms=True)

    page = client.get(THREAD)
    assert page.status_code == 200
    assert f'href="/account/terms?next={THREAD}"' in page.text
    refused = post(f"{THREAD}/reply", body="Typed before the change.")
    assert refused.headers["Location"] == f"/account/terms?next={THREAD}/reply"
    assert "Typed before the change." in client.get(THREAD).text
    assert post("/account", country="Chad", location="", about="").status_code == 403
    started = post("/boards/1-talk/post-thread", title="Typed too", body="And this.")
    assert started.headers["Location"] == "/account/terms?next=/boards/1-talk/post-thread"
    new = client.get("/boards/1-talk/post-thread")
    assert new.headers["Location"] == "/account/terms?next=%2Fboards%2F1-talk%2Fpost-thread"

    terms = parsed(client.get(f"/account/terms?next={THREAD}"))
    assert "Be kind, and patient." in terms.text
    version = terms.select_one("input[name=version]")
    assert version is not None
    answer = post("/account/terms", version=version["value"], next=THREAD)
    assert (answer.status_code, answer.headers["Location"]) == (303, THREAD)
    number, moment = accepted(app, "anna")
    assert number == 1
    assert moment is not None
    assert (datetime.now(UTC) - moment).total_seconds() < 60
    assert post(f"{THREAD}/reply", body="Typed before the change.").status_code == 303
    assert "You accepted the terms of use on" in client.get("/account/terms").text
    assert "have changed" not in client.get(THREAD).text


def test_terms_that_change_once_more_are_not_accepted_unread(
    client: FlaskClient, asked: None, set_up: Settings
) -> None:
    post = poster(client, "anna")
    set_up(terms="Be kind. Pay.", ask_to_accept_terms=True)
    answer = post("/account/terms", version="1")
    assert answer.status_code == 409
    assert "Read them once more." in answer.text
    assert "Pay." in answer.text


def test_programs_are_told_by_a_type_of_their_own(asked: None, program: MakeProgram) -> None:
    anna = program("anna")
    refused = anna.send("POST", "/threads/1/posts", {"body": "Beep."}, status=403)
    assert refused["type"].endswith("/api/docs#terms-not-accepted")
    assert anna.get("/threads/1")["title"] == "A lunar station"


def test_admins_go_on_and_moderators_are_asked(app: Flask, asked: None) -> None:
    with app.app_context():
        assert permissions.may_administer(named("olaf"))
        assert not must_accept_terms(named("olaf"))
        board = session.get_one(Board, 1)
        assert not permissions.may_moderate_in(named("mona"), board)
        assert permissions.may_see_log(named("mona")), "reading goes on"
        groups = {group.id: group for group in groups_in_order()}
        told = {each.act: str(each.because) for each in explain(named("mona"), board, groups).acts}
    assert told["reply"] == "They have not accepted the current terms of use yet."
    assert "allows it" in told["see"]


def test_asking_costs_no_statement(app: Flask, client: FlaskClient, set_up: Settings) -> None:
    def count() -> int:
        client.get(THREAD)
        with statements(app) as sent:
            assert client.get(THREAD).status_code == 200
        return len(sent)

    log_in(client, "anna")
    before = count()
    set_up(terms=TERMS, terms_must_be_accepted=True, ask_to_accept_terms=True)
    assert count() <= before


def test_posts_cached_for_who_may_not_react_are_not_shown_to_who_may(
    app: Flask, client: FlaskClient, writing: Writing, set_up: Settings
) -> None:
    """In a locked thread neither may reply, so that only the terms tell them apart."""
    with writing():
        a_member("nora")
        session.get_one(Thread, 1).is_locked = True
    set_up(terms=TERMS, terms_must_be_accepted=True, ask_to_accept_terms=True)
    log_in(client, "nora")
    assert "/react" not in client.get(THREAD).text
    other = app.test_client()
    send(other, "/register", **registration(accepts_terms="yes"))
    assert "/react" in other.get(THREAD).text


def test_who_registers_accepts_the_terms_that_the_form_showed(client: FlaskClient, set_up: Settings) -> None:
    set_up(terms=TERMS, terms_must_be_accepted=True)
    field = parsed(client.get("/register")).select_one("input[name=terms_version]")
    assert field is not None
    set_up(terms="Be kinder.", ask_to_accept_terms=True)
    late = registration(accepts_terms="yes", terms_version=str(field["value"]))
    refused = send(client, "/register", **late)
    assert (refused.status_code, "The terms have changed meanwhile." in refused.text) == (422, True)
