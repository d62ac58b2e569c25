"""Notifications in browsers: sent once to those who want them, as the list shows them, and to nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import (
    Channel,
    Member,
    MemberSession,
    Notification,
    NotificationChoice,
    PushSubscription,
    Thread,
    Visibility,
)
from forum.notifications import actions as told
from forum.notifications import marks
from forum.notifications.bulk import add_many
from forum.outside import web_push
from forum.reactions.actions import react, withdraw_reaction
from tests.conftest import token_in
from tests.factories import a_ban, a_member, a_post, hide
from tests.jobs.pushing import Writing, answer, pending, send, subscribe, subscribed
from tests.outside.push_stub import PushStub


def test_a_browser_gets_what_the_list_says_and_leads_to_the_post(
    app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing
) -> None:
    _, browser = subscribe(app, stub)
    with writing():
        post_id = answer(scene, "A word that is not told").id
    assert send(app, after=timedelta(0)) == 0  # who reads the thread now sees it there
    assert send(app) == 1
    assert stub.refused == []
    message = browser.received[0]
    assert message["body"] == "ben replied to Where the moon is"
    assert (message["url"], message["count"]) == (f"/posts/{post_id}", 1)
    assert "not told" not in str(message)
    assert (send(app), pending(app)) == (0, 0)


def test_a_group_replaces_what_was_said_of_it_before(
    app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing
) -> None:
    _, browser = subscribe(app, stub)
    with writing():
        answer(scene, "One.")
    send(app)
    with writing():
        answer(scene, "Two.")
        answer(scene, "Three.")
    assert send(app) == 1  # one message for both
    first, second = browser.received
    assert second["body"] == "3 new replies to Where the moon is"
    assert first["tag"] == second["tag"]
    assert browser.topics[0] == browser.topics[1]
    assert "reply" not in browser.topics[0]  # the service learns nothing of what it is about


def test_each_browser_of_a_member_gets_it_and_those_of_others_do_not(
    app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing
) -> None:
    browsers = [subscribe(app, stub, who, name)[1] for who, name in (("anna", "a"), ("anna", "b"), ("ben", "c"))]
    with writing():
        answer(scene)
    assert send(app) == 2
    assert [len(browser.received) for browser in browsers] == [1, 1, 0]


def test_what_was_read_or_seen_meanwhile_or_is_hidden_or_taken_back_is_not_sent(
    app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing
) -> None:
    _, browser = subscribe(app, stub)
    with writing():
        anna = session.get_one(Member, scene["anna"])
        marks.mark_read(anna, session.get_one(Thread, scene["thread"]), 1, answer(scene).position)
    assert send(app) == 0
    with writing():
        answer(scene, "Another.")
        marks.mark_all_seen(session.get_one(Member, scene["anna"]))
    assert send(app) == 0
    with writing():
        hide(answer(scene, "A third."), visibility=Visibility.DELETED)
    assert send(app) == 0
    with writing():
        ben, post = session.get_one(Member, scene["ben"]), a_post(by=session.get_one(Member, scene["anna"]))
        session.add(NotificationChoice(member_id=scene["anna"], kind="reaction", channel=Channel.PUSH, is_on=True))
        session.flush()
        react(ben, post, kind="like")
        withdraw_reaction(ben, post)
    assert send(app) == 0
    assert (browser.received, pending(app)) == ([], 0)


def test_it_follows_what_the_member_chose(app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing) -> None:
    client, browser = subscribe(app, stub)
    with writing():
        react(session.get_one(Member, scene["ben"]), a_post(by=session.get_one(Member, scene["anna"])), kind="like")
    assert send(app) == 0  # off unless chosen
    page = client.get("/account/notifications").text
    ticked = {"csrf_token": token_in(page), "site": ["reply", "reaction"], "push": ["reaction"]}
    assert client.post("/account/notifications", data=ticked).status_code == 303
    with writing():
        answer(scene)
        react(session.get_one(Member, scene["ben"]), a_post(by=session.get_one(Member, scene["anna"])), kind="like")
    assert send(app) == 1
    assert "reacted" in browser.received[0]["body"]


def test_decisions_of_moderators_are_always_sent(
    app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing
) -> None:
    _, browser = subscribe(app, stub)
    details = {"title": "Where", "reason": "x" * 5000}
    with writing():
        told.tell(scene["anna"], "post-rejected", subject="post:77", details=details)
    assert send(app) == 1
    assert "did not approve" in browser.received[0]["body"]


def test_watchers_are_reached_by_one_statement(app: Flask, scene: dict[str, int], writing: Writing) -> None:
    with writing():
        post = answer(scene)
        members = [a_member() for _ in range(30)]
        for number, member in enumerate(members):
            login = MemberSession(token_hash=f"{number}", member_id=member.id, **_times())
            session.add(login)
            session.flush()
            subscription = {"endpoint": f"https://push.example.com/{number}", "p256dh": "x", "auth": "x"}
            session.add(
                PushSubscription(member_id=member.id, session_id=login.id, created_at=clock.now(), **subscription)
            )
            session.add(
                NotificationChoice(member_id=member.id, kind="watched_thread", channel="push", is_on=number % 3 > 0)
            )
        without = a_member()
        session.flush()
        everybody = [*(member.id for member in members), without.id]
        add_many("watched_thread", post, everybody)
        add_many("watched_thread", post, everybody)
    with app.app_context():
        told_of = select(func.count()).select_from(Notification).where(Notification.kind == "watched_thread")
        assert session.scalar(told_of) == 31
    assert pending(app) == 20


def _times() -> dict[str, object]:
    return dict.fromkeys(("created_at", "last_used_at", "confirmed_at"), clock.now())


def test_it_ends_with_the_login(app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing) -> None:
    client, browser = subscribe(app, stub)
    subscribe(app, stub, name="two")
    with writing():
        answer(scene)
    client.post("/logout", data={"csrf_token": token_in(client.get("/account").text)})
    assert (subscribed(app), pending(app)) == (1, 1)
    with writing():
        a_ban(session.get_one(Member, scene["anna"]))
    assert send(app) == 0
    assert browser.received == []


def test_messages_fit_whatever_they_say(app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing) -> None:
    _, browser = subscribe(app, stub)
    details = {"title": '"\N{OLD ITALIC LETTER A}' * 75, "reason": "\N{OLD ITALIC LETTER A}" * 2000}
    with writing():
        told.tell(scene["anna"], "post-rejected", subject="post:77", details=details)
    assert send(app) == 1
    assert len(str(browser.received[0]).encode()) <= web_push.MAX_PAYLOAD


@pytest.mark.parametrize(
    "base_url", ["https://forum.example:8443", "https://[2001:db8::1]", "https://xn--mnchen-3ya.example", ""]
)
def test_every_address_of_a_forum_can_be_named_to_the_service(
    app: Flask,
    stub: PushStub,
    scene: dict[str, int],
    writing: Writing,
    monkeypatch: pytest.MonkeyPatch,
    base_url: str,
) -> None:
    subscribe(app, stub)
    with writing():
        answer(scene)
    settings = replace(app.extensions["forum.settings"], base_url=base_url)
    monkeypatch.setitem(app.extensions, "forum.settings", settings)
    assert send(app) == 1
