"""Guests write first and register afterwards; nobody else sees what they wrote before they post it."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum.admin.board_actions import delete_board
from forum.admin.rules import OPERATOR
from forum.infra import clock
from forum.infra.database.db import session
from forum.jobs.cleanup import purge_submissions
from forum.members.credentials.secret import digest
from forum.models import Draft, GuestDraft, Mail, Post, Thread
from forum.site.actions import set_value
from forum.threads import drafts, guest_drafts
from tests.conftest import log_in, token_in
from tests.factories import PASSWORD, a_board, a_member, a_thread

Writing = Callable[[], AbstractContextManager[None]]
TEXT = "A heron stood in the harbour."
NEW = {"username": "greta", "email": "greta@example.org", "password": "nine purple crocodiles"}


@pytest.fixture
def thread(writing: Writing) -> str:
    """The path of a thread that guests see."""
    with writing():
        a_member("anna")
        return a_thread(board=a_board("Talk"), title="Birds of the coast").path


def send(client: FlaskClient, path: str, **typed: str) -> TestResponse:
    return client.post(path, data={"csrf_token": token_in(client.get(path).text), **typed})


def composer_in(page: TestResponse) -> str:
    field = BeautifulSoup(page.text, "html.parser").select_one("textarea#body")
    return field.text.strip() if field else ""


def register(client: FlaskClient, at: TestResponse, **more: str) -> TestResponse:
    assert at.status_code == 303
    page = client.get(at.location)
    assert "What you wrote is kept" in page.text
    target = re.search(r'name="next" value="([^"]*)"', page.text)
    assert target
    return client.post("/register", data={**NEW, **more, "next": target[1], "csrf_token": token_in(page.text)})


def posts(app: Flask) -> list[str]:
    with app.app_context():
        return list(session.scalars(select(Post.source).order_by(Post.id)))


def kept(app: Flask) -> list[str]:
    with app.app_context():
        return list(session.scalars(select(GuestDraft.body)))


def test_a_guest_writes_a_reply_registers_and_posts_it(client: FlaskClient, app: Flask, thread: str) -> None:
    assert f'href="{thread}/reply"' in client.get(thread).text
    answer = register(client, send(client, f"{thread}/reply", body=TEXT))
    assert answer.location == f"{thread}/reply"
    page = client.get(answer.location, follow_redirects=True)
    assert composer_in(page) == TEXT
    assert "It is not posted yet." in page.text
    assert (kept(app), TEXT in posts(app)) == ([], False)

    posted = client.post(f"{thread}/reply", data={"body": TEXT, "csrf_token": token_in(page.text)})
    assert posted.status_code == 303
    assert posts(app)[-1] == TEXT


def test_a_draft_that_contains_what_the_guest_wrote_is_kept_whole(app_in_context: Flask) -> None:
    anna = a_member()
    drafts.save(anna, place="thread:1", body="Yes, but only if the harbour is open.")
    session.add(GuestDraft(token_hash=digest("x"), place="thread:1", title="", body="Yes", created_at=clock.now()))
    session.flush()
    guest_drafts.adopt(anna, "x")
    found = drafts.find(anna, "thread:1")
    assert found is not None
    assert found.body == "Yes, but only if the harbour is open."


def test_nothing_is_told_of_a_thread_that_was_hidden_meanwhile(
    client: FlaskClient, writing: Writing, thread: str
) -> None:
    send(client, f"{thread}/reply", body=TEXT)
    with writing():
        moved = session.scalars(select(Thread)).one()
        moved.title, moved.board = "Names of the accused", a_board("Staff", audience="admin")
    page = client.get("/login")
    typed = {"username": "anna", "password": PASSWORD, "csrf_token": token_in(page.text)}
    assert client.post("/login", data=typed).location == "/"


def test_what_guests_wrote_goes_with_the_board_or_thread(app_in_context: Flask) -> None:
    board = a_board()
    place = f"board:{board.id}"
    session.add(GuestDraft(token_hash=digest("x"), place=place, title="", body="Yes", created_at=clock.now()))
    delete_board(OPERATOR, board)
    assert list(session.scalars(select(GuestDraft))) == [], "SQLite gives its id to the next one"


def test_a_guest_writes_a_thread_and_logs_in_instead(client: FlaskClient, app: Flask, thread: str) -> None:
    typed = {"title": "Herons of the harbour", "body": TEXT}
    answer = send(client, "/boards/1-talk/post-thread", **typed)
    assert answer.location == "/register?next=/boards/1-talk/post-thread"
    form = token_in(client.get("/login").text)
    answer = client.post("/login", data={"username": "anna", "password": PASSWORD, "csrf_token": form})
    assert answer.location == "/boards/1-talk/post-thread"
    page = client.get(answer.location)
    assert composer_in(page) == TEXT
    assert 'value="Herons of the harbour"' in page.text
    assert kept(app) == []


@pytest.mark.usefixtures("thread")
def test_the_text_is_there_after_the_address_was_confirmed(
    client: FlaskClient, app: Flask, thread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.extensions["forum.settings"] = replace(
        app.extensions["forum.settings"], mail_url="smtp://127.0.0.1:9", mail_from="forum@example.org"
    )
    answer = register(client, send(client, f"{thread}/reply", body=TEXT))
    assert "What you wrote is kept" in client.get(answer.location).text
    with app.app_context():
        link = re.search(r"(/verify/\S+)", session.scalars(select(Mail.body)).one())
    assert link
    confirmed = send(client, link[1])
    page = client.get(confirmed.location).text
    target = re.search(r'name="next" value="([^"]*)"', page)
    assert target
    login = {"username": "greta", "password": NEW["password"], "next": target[1], "csrf_token": token_in(page)}
    assert composer_in(client.post("/login", data=login, follow_redirects=True)) == TEXT


def test_the_text_survives_a_question_and_terms_answered_wrongly_first(
    client: FlaskClient, thread: str, writing: Writing
) -> None:
    with writing():
        for name, value in {
            "registration_question": "Which bird?",
            "registration_answers": "heron",
            "terms": "Be kind.",
            "terms_must_be_accepted": True,
        }.items():
            set_value(name, value)
    answer = send(client, f"{thread}/reply", body=TEXT)
    assert register(client, answer, answer="duck").status_code == 422
    answer = register(client, answer, answer="Heron", accepts_terms="yes", terms_version="0")
    assert composer_in(client.get(answer.location, follow_redirects=True)) == TEXT


def test_nobody_else_sees_it(client: FlaskClient, app: Flask, thread: str) -> None:
    send(client, f"{thread}/reply", body=TEXT)
    other = app.test_client()
    for path in (thread, f"{thread}/reply", "/search?q=heron", f"{thread}/feed.atom", "/whats-new"):
        assert "stood in the harbour" not in other.get(path).text, path
    log_in(other, "anna")
    assert composer_in(other.get(thread)) == ""


def test_it_is_shown_again_in_the_same_browser_and_can_be_discarded(
    client: FlaskClient, app: Flask, thread: str
) -> None:
    send(client, f"{thread}/reply", body=TEXT)
    send(client, f"{thread}/reply", body=f"{TEXT} It left.")
    assert kept(app) == [f"{TEXT} It left."]
    assert composer_in(client.get(f"{thread}/reply")) == f"{TEXT} It left."
    assert send(client, f"{thread}/reply", body="", discard="yes").location == f"{thread}/reply"
    assert (kept(app), composer_in(client.get(f"{thread}/reply"))) == ([], "")


def test_it_is_forgotten_after_a_day(client: FlaskClient, app: Flask, thread: str) -> None:
    answer = send(client, f"{thread}/reply", body=TEXT)
    with clock.frozen_at(clock.now() + timedelta(hours=25)):
        assert composer_in(client.get(f"{thread}/reply")) == ""
        log_in(client, "anna")
        assert composer_in(client.get(f"{thread}/reply", follow_redirects=True)) == ""
        with app.app_context():
            purge_submissions()
    assert kept(app) == []
    assert answer.status_code == 303


def test_a_members_own_draft_stays_before_it(client: FlaskClient, app: Flask, thread: str, writing: Writing) -> None:
    with writing():
        drafts.save(a_member("ben"), place="thread:1", body="Begun on the phone.")
    send(client, f"{thread}/reply", body=TEXT)
    log_in(client, "ben")
    assert composer_in(client.get(f"{thread}/reply", follow_redirects=True)) == f"Begun on the phone.\n\n{TEXT}"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"title": "Ox", "body": TEXT}, "Titles need 4–150 characters (you have 2)."),
        ({"title": "A heron", "body": "x" * 6001}, "Use at most 6000 characters before you log in (you have 6001)."),
        ({"title": "A heron", "body": " "}, "Write something first."),
    ],
)
@pytest.mark.usefixtures("thread")
def test_a_refusal_keeps_what_was_typed(client: FlaskClient, app: Flask, typed: dict[str, str], words: str) -> None:
    answer = send(client, "/boards/1-talk/post-thread", **typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert composer_in(answer) == typed["body"].strip()
    assert kept(app) == []


def test_the_texts_of_all_guests_are_limited_by_number_and_by_address(
    client: FlaskClient, app: Flask, thread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest_drafts, "MAX_ROWS", 1)
    send(client, f"{thread}/reply", body=TEXT)
    assert send(client, f"{thread}/reply", body=f"{TEXT} Again.").status_code == 303  # in its own place
    answer = send(app.test_client(), f"{thread}/reply", body="A second guest.")
    assert (answer.status_code, composer_in(answer)) == (503, "A second guest.")

    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    most = guest_drafts.TEXTS_A_DAY
    answers = [send(client, f"{thread}/reply", body=f"{TEXT} {number}") for number in range(most + 1)]
    assert [answer.status_code for answer in answers[-2:]] == [303, 429]
    assert composer_in(answers[-1]) == f"{TEXT} {guest_drafts.TEXTS_A_DAY}"


@pytest.mark.parametrize("setting", [{"guests_write_first": False}, {"registration": "closed"}])
def test_without_it_guests_log_in_first(
    client: FlaskClient, app: Flask, thread: str, writing: Writing, setting: dict[str, object]
) -> None:
    form = token_in(client.get("/login").text)
    with writing():
        for name, value in setting.items():
            set_value(name, value)
    for path in (f"{thread}/reply", "/boards/1-talk/post-thread"):
        assert client.get(path).location == f"/login?next={path}".replace("/", "%2F").replace("%2Flogin", "/login")
        answer = client.post(path, data={"title": "A heron", "body": TEXT, "csrf_token": form})
        assert (answer.status_code, TEXT in answer.text) == (401, True)
    assert f"{thread}/reply" not in client.get(thread).text
    assert kept(app) == []


def test_a_guest_writes_nothing_where_members_cannot(client: FlaskClient, app: Flask, writing: Writing) -> None:
    with writing():
        olaf, locked, news = a_member(role="admin"), a_thread(), a_board("News", audience="guest", posters="admin")
        hidden = a_thread(by=olaf, board=a_board("Staff", audience="admin"))
        locked.is_locked = True
        paths = locked.path, hidden.path, news.path
    assert [client.get(f"{paths[0]}/reply").status_code, client.get(f"{paths[1]}/reply").status_code] == [403, 404]
    assert client.get(f"{paths[2]}/post-thread").status_code == 303
    form = token_in(client.get("/login").text)
    for path in (f"{paths[0]}/reply", f"{paths[1]}/reply", f"{paths[2]}/post-thread"):
        answer = client.post(path, data={"title": "A heron", "body": TEXT, "csrf_token": form})
        assert answer.status_code in {401, 403, 404}, path
    assert kept(app) == []


def test_another_site_cannot_send_it(client: FlaskClient, app: Flask, thread: str) -> None:
    assert client.post(f"{thread}/reply", data={"body": TEXT}).status_code == 403
    assert kept(app) == []


@pytest.mark.parametrize("kind", ["reply", "thread"])
def test_a_member_who_must_accept_the_terms_finds_the_text_in_the_composer_afterwards(
    client: FlaskClient, app: Flask, thread: str, writing: Writing, kind: str
) -> None:
    log_in(client, "anna")
    form = token_in(client.get(thread).text)
    with writing():
        for name, value in {"terms": "Be kind.", "terms_must_be_accepted": True, "terms_version": 1}.items():
            set_value(name, value)
    path = f"{thread}/reply" if kind == "reply" else "/boards/1-talk/post-thread"
    answer = client.post(path, data={"title": "A heron", "body": TEXT, "csrf_token": form})
    assert answer.location == f"/account/terms?next={path}"
    page = client.get(answer.location).text
    assert "What you wrote is kept as a draft." in page
    accepted = {"version": "1", "next": path, "csrf_token": token_in(page)}
    assert composer_in(client.post("/account/terms", data=accepted, follow_redirects=True)) == TEXT
    with app.app_context():
        assert session.scalars(select(Draft.body)).all() == [TEXT]


def test_a_guests_page_is_no_larger_for_it(client: FlaskClient, thread: str, writing: Writing) -> None:
    sizes = []
    for is_on in (True, False):
        with writing():
            set_value("guests_write_first", is_on)
        sizes.append(len(client.get(thread).data))
    assert sizes[0] <= sizes[1]
