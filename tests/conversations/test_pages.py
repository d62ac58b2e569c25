"""Conversations in the browser, and that nobody else sees any of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select
from werkzeug.test import TestResponse

from forum.conversations import actions, queries
from forum.infra.database.db import session
from forum.models import Conversation, ConversationMessage, LogEntry, Member, Report
from tests.conftest import log_in, token_in
from tests.factories import a_conversation, a_member, a_thread, ignored

Writing = Callable[[], AbstractContextManager[None]]
SECRET = "zqsecretqz"
CASE = "/moderation/reports/1"
NEW = {"to": ["eve"], "title": "Hi", "body": "*Hello*"}


@pytest.fixture
def talk(writing: Writing) -> str:
    """The path of a conversation of anna and ben; eve, mona and olaf are not in it."""
    with writing():
        anna, ben = a_member("anna"), a_member("ben")
        a_member("eve")
        a_member("mona", role="moderator")
        a_member("olaf", role="admin")
        return a_conversation(anna, ben, title=f"Title {SECRET}", body=f"Words {SECRET}").path


def browser(app: Flask, name: str) -> FlaskClient:
    """A browser of a member."""
    client = app.test_client()
    log_in(client, name)
    return client


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form with the CSRF token of the conversations' list."""
    token = token_in(client.get("/account/password").text)
    return client.post(path, data={"csrf_token": token, **fields})


def test_a_conversation_is_started_from_a_profile_and_answered(app: Flask, talk: str) -> None:
    eve, anna = browser(app, "eve"), browser(app, "anna")
    profile = eve.get("/members/1-anna").text
    assert 'href="/conversations/new?to=anna"' in profile
    assert 'value="anna"' in eve.get("/conversations/new?to=anna").text
    answer = send(eve, "/conversations/new", to="anna, ben", title="A trip", body="Shall *we*?", submit_key="k")
    assert answer.status_code == 303
    again = send(eve, "/conversations/new", to="anna, ben", title="A trip", body="Shall *we*?", submit_key="k")
    assert again.location == answer.location
    page = anna.get("/conversations")
    assert "1 unread conversation" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    opened = anna.get("/conversations/2-a-trip")
    assert "<em>we</em>" in opened.text
    assert "unread conversation" not in opened.text
    for _ in range(2):
        sent = send(anna, "/conversations/2-a-trip/reply", body="Yes!", submit_key="same")
        assert (sent.status_code, sent.location) == (303, "/conversations/2-a-trip#message-2")
    assert "Read by" not in anna.get("/conversations/2-a-trip").text
    eve.get("/conversations/2-a-trip")
    assert "Read by <bdi>eve</bdi>" in anna.get("/conversations/2-a-trip").text


def test_a_refused_form_keeps_all_that_was_typed(app: Flask, talk: str) -> None:
    eve = browser(app, "eve")
    answer = send(eve, "/conversations/new", to="anna, nobody here", title="A trip", body="Shall we?")
    assert answer.status_code == 422
    for kept in ("anna, nobody here", 'value="A trip"', "Shall we?", "There is no member “nobody here”."):
        assert kept in answer.text


def test_conversations_are_in_no_answer_to_others(app: Flask, talk: str, writing: Writing) -> None:
    with writing():
        a_thread(title="Another thread", by=session.scalars(select(Member).where(Member.username == "eve")).one())
    others = {name: browser(app, name) for name in ("eve", "mona", "olaf")}
    of_it = [talk, *(f"{talk}/{page}" for page in ("unread", "reply", "invite", "leave", "title"))]
    of_it += [f"/conversations/1/messages/1{act}" for act in ("", "/edit", "/report")]
    of_it += ["/api/v1/conversations/1", "/api/v1/conversations/1/messages"]
    for name, client in others.items():
        for address in of_it:
            assert client.get(address).status_code == 404, (name, address)
        for act in ("reply", "invite", "leave", "title", "star", "unstar", "mark-unread"):
            assert send(client, f"{talk}/{act}", body="x", to="eve", title="x").status_code == 404, (name, act)
        for act in ("edit", "report"):
            sent = send(client, f"/conversations/1/messages/1/{act}", body="x", kind="spam")
            assert sent.status_code == 404, (name, act)
        pages = ("/conversations", "/search?q=words", "/api/v1/conversations", "/conversations?q=words", "/alerts")
        for address in (*pages, "/members/1-anna", "/whats-new", "/feed.atom", "/sitemap.xml", "/moderation/reports"):
            assert SECRET not in client.get(address).text, (name, address)
    guest = app.test_client()
    for address in of_it:
        assert guest.get(address).status_code in {302, 303, 401, 404}, address


def test_editing_inviting_renaming_starring_leaving_by_forms(app: Flask, talk: str) -> None:
    anna = browser(app, "anna")
    assert "before" in anna.get(f"{talk}/invite").text
    assert send(anna, "/conversations/1-x/invite", to="nobody").status_code == 422
    assert send(anna, f"{talk}/invite", to="eve").status_code == 303
    assert anna.get(f"{talk}/title").status_code == 200
    assert send(anna, f"{talk}/title", title=" ").status_code == 422
    assert send(anna, f"{talk}/title", title="New name").location == "/conversations/1-new-name"
    assert anna.get("/conversations/1-x").location == "/conversations/1-new-name"
    here = "/conversations/1-new-name"
    assert "Words" in anna.get("/conversations/1/messages/1/edit").text
    assert send(anna, "/conversations/1/messages/1/edit", body="Better words").location == f"{here}#message-1"
    assert anna.get("/conversations/1/messages/1").location == f"{here}#message-1"
    assert send(anna, "/conversations/1-x/star").status_code == 303
    assert "New name" in anna.get("/conversations?show=starred").text
    assert send(anna, "/conversations/1-x/unstar").status_code == 303
    assert send(anna, "/conversations/1-x/mark-unread").status_code == 303
    assert "1 unread conversation" in anna.get("/account").text
    assert "said:](/conversations/1/messages/1)" in anna.get(f"{here}?quote=1").text
    assert anna.get(f"{here}/leave").status_code == 200
    assert send(anna, "/conversations/1-x/leave").location == "/conversations"
    assert anna.get(here).status_code == 404


def test_members_choose_who_may_write_to_them(app: Flask, talk: str) -> None:
    anna, eve = browser(app, "anna"), browser(app, "eve")
    assert send(anna, "/account/conversations", conversations_from="everything").status_code == 422
    assert send(anna, "/account/conversations", conversations_from="nobody").status_code == 303
    assert "selected" in anna.get("/account/conversations").text
    assert "Send message" not in eve.get("/members/1-anna").text
    answer = send(eve, "/conversations/new", to="anna", title="Hi", body="Hello")
    assert "anna does not take part in conversations." in answer.text


def test_who_is_ignored_is_told_the_same_and_their_messages_are_folded(app: Flask, talk: str, writing: Writing) -> None:
    with writing():
        anna, ben = (session.get_one(Member, number) for number in (1, 2))
        ignored(anna, ben)
        actions.reply(ben, session.get_one(Conversation, 1), body="Listen!")
    answer = send(browser(app, "ben"), "/conversations/new", to="anna", title="Hi", body="Hello")
    assert "anna does not take part in conversations." in answer.text
    assert "You ignore this member" in browser(app, "anna").get(talk).text


def test_moderators_read_what_is_reported_and_that_is_logged(app: Flask, talk: str, writing: Writing) -> None:
    ben, mona, eve = browser(app, "ben"), browser(app, "mona"), browser(app, "eve")
    with writing():
        anna, conversation = session.get_one(Member, 1), session.get_one(Conversation, 1)
        for number in range(2, 10):
            actions.reply(anna, conversation, body=f"Message zz{number}zz")
    assert "Moderators can then read this message" in ben.get("/conversations/1/messages/1/report").text
    report = "/conversations/1/messages/1/report"
    assert send(ben, report, kind="abuse").status_code == 303
    assert send(ben, report, kind="spam").status_code == 303
    assert "A message by" in ben.get("/account/reports").text
    case = mona.get(CASE)
    assert case.status_code == 200
    assert SECRET not in case.text
    assert SECRET not in mona.get("/moderation/reports").text
    assert send(eve, f"{CASE}/messages").status_code in {403, 404}
    shown = send(mona, "/moderation/reports/1/messages")
    assert shown.status_code == 200
    assert (f"Words {SECRET}" in shown.text, "zz6zz" in shown.text, "zz7zz" in shown.text) == (True, True, False)
    with app.app_context():
        entries = select(func.count()).where(LogEntry.action == "read-reported", LogEntry.target == "report:1")
        assert session.scalar(entries) == 1
        assert session.scalars(select(Report.seen_text)).all() == [f"Words {SECRET}"]
    assert send(mona, f"{CASE}/decide", decision="upheld").status_code == 303


def test_the_api_lists_starts_answers_and_leaves(app: Flask, talk: str) -> None:
    anna = browser(app, "anna")
    headers = {"X-CSRFToken": token_in(anna.get("/account").text)}
    one = "/api/v1/conversations/1"
    listed = anna.get("/api/v1/conversations?show=unread").get_json()
    assert listed["items"] == []
    started = anna.post("/api/v1/conversations", json=NEW, headers=headers)
    assert started.status_code == 201
    assert [each["username"] for each in started.get_json()["members"]] == ["anna", "eve"]
    refused = anna.post("/api/v1/conversations", json=NEW | {"to": ["nobody"]}, headers=headers)
    assert list(refused.get_json()["errors"]) == ["to"]
    once = headers | {"Idempotency-Key": "abc"}
    answers = [anna.post(f"{one}/messages", json={"body": "More"}, headers=once).get_json() for _ in range(2)]
    assert [answer["position"] for answer in answers] == [2, 2]
    messages = anna.get(f"{one}/messages").get_json()["items"]
    assert [message["body"] for message in messages] == [f"Words {SECRET}", "More"]
    assert anna.post(f"{one}/members", json={"to": ["eve"]}, headers=headers).status_code == 200
    assert anna.post(f"{one}/read", headers=headers).get_json()["is_unread"] is False
    assert anna.get(one).get_json()["read_position"] == 3
    assert anna.delete(one, headers=headers).status_code == 204
    assert anna.get(one).status_code == 404
    ben = browser(app, "ben")
    token = {"X-CSRFToken": token_in(ben.get("/account").text)}
    reported = ben.post("/api/v1/reports", json={"message_id": messages[1]["id"], "kind": "spam"}, headers=token)
    assert reported.status_code == 201
    assert (reported.get_json()["message_id"], reported.get_json()["member_id"]) == (messages[1]["id"], None)


def test_pages_go_by_position(app: Flask, talk: str, writing: Writing) -> None:
    with writing():
        conversation = session.get_one(Conversation, 1)
        texts = {"source": "x", "html": "<p>x</p>", "markup_version": 1, "event": ""}
        values = texts | {"conversation_id": 1, "author_id": 1, "created_at": conversation.started_at}
        session.execute(insert(ConversationMessage), [values | {"position": at} for at in range(2, 101)])
        conversation.last_position = 100
    ben = browser(app, "ben")
    assert ben.get(f"{talk}?page=6").status_code == 404
    page = ben.get(f"{talk}?page=5").text
    assert 'id="message-81"' in page
    assert 'id="message-80"' not in page
    with app.app_context():
        member = session.get_one(Member, 2)
        assert queries.unread_address(queries.find(member, 1)).endswith("?page=5#message-100")
