"""The links in mails that stop them: without logging in, in one POST of a mail client, and undone."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.settings import Settings
from forum.mail import tokens, unsubscribing
from forum.models import Board, BoardWatch, Member, NotificationChoice, ThreadWatch, ToldOf, WatchLevel
from forum.watching.actions import choose_for_board, choose_for_thread
from tests.conftest import log_in, settings_on
from tests.factories import a_ban, a_board, a_group, a_list, a_thread, an_entry
from tests.mail.sink import a_reader, a_writer
from tests.middleware.guests import Writing

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_on(tmp_path / "data", FORUM_MAIL_URL="smtp://127.0.0.1:1", FORUM_BASE_URL="http://localhost")


@pytest.fixture(autouse=True)
def ben(writing: Writing) -> None:
    with writing():
        who = a_reader("ben")
        choose_for_thread(who, a_thread(title="The tide", board=a_board("Harbour")), WatchLevel.MAIL)


def member() -> Member:
    return session.scalars(select(Member).where(Member.username == "ben")).one()


def address(writing: Writing, scope: str) -> str:
    with writing():
        return f"/unsubscribe/{tokens.token_for(member().id, tokens.UNSUBSCRIBE, scope)}"


def choices(app: Flask) -> set[tuple[str, str, bool]]:
    with app.app_context():
        return {(row.kind, row.channel, row.is_on) for row in session.scalars(select(NotificationChoice))}


def level(app: Flask) -> str:
    with app.app_context():
        return session.scalars(select(ThreadWatch.level).where(ThreadWatch.member_id == member().id)).one()


def test_opening_the_link_changes_nothing_and_nobody_keeps_the_page(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    path = address(writing, "watched_thread.1")
    answer = client.get(path)
    assert answer.status_code == 200
    assert "E-mails about the thread “The tide”" in answer.text
    assert "m1@" not in answer.text, "the address is masked"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert f"next={path}" not in answer.text, "the link to log in does not have it"
    assert choices(app) == set()
    assert level(app) == "mail"


@pytest.mark.parametrize("parts", [{"data": ONE_CLICK}, {"data": ONE_CLICK, "content_type": "multipart/form-data"}])
def test_a_mail_client_stops_the_kind_by_one_post_from_anywhere_as_often_as_it_likes(
    app: Flask, client: FlaskClient, writing: Writing, parts: dict[str, object]
) -> None:
    path = address(writing, "watched_thread.1")
    for _ in range(2):
        answer = client.post(path, headers={"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}, **parts)
        assert answer.status_code == 200
        assert "Stopped:" in answer.text
        assert choices(app) == {("watched_thread", "mail", False)}
    assert client.post(path, data={"what": "kind", "undo": "yes"}).status_code == 200
    assert choices(app) == set()


def test_only_this_thread_or_all_mail_is_stopped_and_undone(app: Flask, client: FlaskClient, writing: Writing) -> None:
    path = address(writing, "watched_thread.1")
    assert "E-mails about the thread “The tide”" in client.post(path, data={"what": "place"}).text
    assert (level(app), choices(app)) == ("site", set())
    client.post(path, data={"what": "place", "undo": "yes"})
    assert level(app) == "mail"
    client.post(path, data={"what": "all"})
    assert choices(app) == {("all", "mail", False)}
    with app.app_context():
        assert not unsubscribing.gets_mail(member())
    assert "Send e-mails again" in logged_in(client).get("/account/notifications").text
    client.post(path, data={"what": "all", "undo": "yes"})
    assert choices(app) == set()


def logged_in(client: FlaskClient) -> FlaskClient:
    log_in(client, "ben")
    return client


def test_a_watched_board_goes_on_on_the_site(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        board = session.scalars(select(Board)).one()
        choose_for_board(member(), board, WatchLevel.MAIL, told_of=ToldOf.POSTS)
    path = address(writing, f"watched_board.{1}")
    assert "E-mails about new threads in “Harbour”" in client.get(path).text
    client.post(path, data={"what": "place"})
    with app.app_context():
        assert [(row.level, row.told_of) for row in session.scalars(select(BoardWatch))] == [("site", "posts")]


def test_a_thread_that_is_hidden_from_the_member_is_not_named(client: FlaskClient, writing: Writing) -> None:
    path = address(writing, "watched_thread.1")
    with writing():
        a_list(session.scalars(select(Board)).one(), an_entry(a_group()))
    assert "The tide" not in client.get(path).text
    assert "The tide" not in client.post(path, data={"what": "place"}).text


def test_it_works_for_the_banned_and_those_who_are_logged_in_and_says_when_an_account_is_closed(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    path = address(writing, "appeal.answered")
    logged_in(client)
    assert client.post(path, data=ONE_CLICK).status_code == 200
    assert choices(app) == {("appeal-answered", "mail", False)}
    with writing():
        a_ban(member())
    assert "Your account is banned" in client.get(path).text
    assert client.post(path, data={"what": "all"}).status_code == 200
    with writing():
        member().closed_at = member().joined_at
    assert "is closed" in client.get(path).text
    assert client.post(path, data=ONE_CLICK).status_code == 200


def test_a_wrong_link_is_not_found_and_says_what_to_do(app: Flask, client: FlaskClient, writing: Writing) -> None:
    right = address(writing, "reply")
    with writing():
        bounce = tokens.token_for(member().id, tokens.BOUNCE, "reply")
    for wrong in (right[:-1], right.replace("reply", "quote"), "/unsubscribe/x", f"/unsubscribe/{bounce}"):
        for answer in (client.get(wrong), client.post(wrong, data=ONE_CLICK)):
            assert answer.status_code == 404
            assert "This link is not complete" in answer.text
    assert choices(app) == set()


def test_other_forms_still_need_their_token(client: FlaskClient) -> None:
    log_in(client, "ben")
    answer = client.post("/account/notifications/mail", data={"all": "off"})
    assert answer.status_code == 403


def test_members_stop_all_mail_on_their_page_and_see_where_it_goes(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    log_in(client, "ben")
    page = client.get("/account/notifications").text
    assert "This forum sends no e-mail about what is new." not in page
    assert re.search(r"E-mails go to <bdi>m\d+@example.org</bdi>, your confirmed address", page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    for value, expected in (("off", {("all", "mail", False)}), ("on", set())):
        assert (
            client.post("/account/notifications/mail", data={"csrf_token": token[1], "all": value}).status_code == 303
        )
        assert choices(app) == expected
    with writing():
        member().email_verified_at = None
    assert "Your e-mail address is not confirmed" in client.get("/account/notifications").text
    assert "Your e-mail address is not confirmed" in client.get("/account/watched").text
    assert "by e-mail, too" not in client.get("/threads/1-the-tide").text


def test_watching_by_mail_is_offered_to_those_who_can_be_mailed(client: FlaskClient) -> None:
    log_in(client, "ben")
    assert "Watch: by e-mail, too" in client.get("/threads/1-the-tide").text
    assert "Watch: every post by e-mail, too" in client.get("/boards/1-harbour").text
    page = client.get("/account/watched").text
    assert "· by e-mail, too" in page
    assert "Watch, told on the site and by e-mail" in page


def test_guests_are_offered_nothing(client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_writer()
    assert "by e-mail" not in client.get("/threads/1-the-tide").text
