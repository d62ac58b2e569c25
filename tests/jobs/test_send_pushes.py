"""Notifications in browsers: sent once to those who want them, as the list shows them, and to nobody else."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from threading import Thread as Worker

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.jobs import push
from forum.jobs.push import send_pushes
from forum.models import (
    Channel,
    Member,
    MemberSession,
    Notification,
    NotificationChoice,
    PendingPush,
    Post,
    PushSubscription,
    Thread,
    Visibility,
)
from forum.notifications import actions as told
from forum.notifications import marks
from forum.notifications.bulk import add_many
from forum.notifications.push_queue import DELAY
from forum.outside import web_push
from forum.reactions.actions import react, withdraw_reaction
from forum.threads.actions import reply
from forum.threads.queries import find_thread
from tests.conftest import log_in, token_in
from tests.factories import a_ban, a_member, a_post, a_thread, hide
from tests.outside.push_stub import Browser, PushStub, push_stub

BROWSERS = "/account/notifications/browsers"
Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushStub]:
    with push_stub(tmp_path, monkeypatch) as service:
        yield service


@pytest.fixture
def scene(writing: Writing) -> dict[str, int]:
    """A thread by anna, and ben."""
    with writing():
        anna, ben = a_member("anna"), a_member("ben")
        thread = a_thread(by=anna, title="Where the moon is")
        return {"anna": anna.id, "ben": ben.id, "thread": thread.id}


def subscribe(app: Flask, stub: PushStub, who: str = "anna", name: str = "one") -> tuple[FlaskClient, Browser]:
    """A browser in which somebody has logged in and pressed the button."""
    client, browser = app.test_client(), stub.browser(name)
    log_in(client, who)
    stub.public_key = call(client, "/key").get_json()["key"]
    assert call(client, "", **browser.fields).status_code == 204
    return client, browser


def call(client: FlaskClient, path: str, **fields: str):  # type: ignore[no-untyped-def]
    headers = {"X-CSRFToken": token_in(client.get("/account/notifications").text), "Accept": "application/json"}
    return client.post(BROWSERS + path, data=fields, headers=headers)


def send(app: Flask, *, after: timedelta = DELAY) -> int:
    """Run the job when some time has passed."""
    with app.app_context():
        with transaction():
            session.execute(update(PendingPush).values(try_after=PendingPush.__table__.c.try_after))
            for row in session.scalars(select(PendingPush)):
                row.try_after -= after
        return send_pushes()


def pending(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(PendingPush)) or 0


def subscribed(app: Flask) -> int:
    with app.app_context():
        return session.scalar(select(func.count()).select_from(PushSubscription)) or 0


def answer(scene: dict[str, int], body: str = "Above the sea.") -> Post:
    """A reply by ben."""
    thread = find_thread(session.get_one(Member, scene["ben"]), scene["thread"])
    return reply(session.get_one(Member, scene["ben"]), thread, body=body)


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


def test_a_browser_that_is_gone_is_forgotten(
    app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing
) -> None:
    _, browser = subscribe(app, stub)
    subscribe(app, stub, name="two")
    browser.faults = [(410, {})]
    del stub.browsers["/push/two"]  # 404
    with writing():
        answer(scene)
    assert (send(app), subscribed(app), pending(app)) == (0, 0, 0)


def test_a_busy_service_is_asked_again_later_and_given_up_after_a_day(
    app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "forum.push")
    _, browser = subscribe(app, stub)
    browser.faults = [(429, {"Retry-After": "900"}), (503, {}), (500, {})]
    with writing():
        answer(scene)
    waits = []
    for _ in range(3):
        send(app, after=timedelta(days=1))
        with app.app_context():
            waits.append((session.scalars(select(PendingPush.try_after)).one() - clock.now()).total_seconds())
    assert waits == pytest.approx([900, 60, 120], abs=5)
    assert send(app, after=timedelta(days=1)) == 1
    with writing():
        answer(scene, "Another.")
        session.execute(update(Notification).values(created_at=clock.now() - timedelta(hours=25)))
    assert send(app, after=timedelta(days=1)) == 0
    assert (len(browser.received), pending(app)) == (1, 0)


def test_a_refused_message_is_not_tried_again(
    app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "forum.push")
    _, browser = subscribe(app, stub)
    browser.faults = [(413, {})]
    with writing():
        answer(scene)
    assert (send(app), pending(app), subscribed(app)) == (0, 0, 1)


def test_a_name_that_leads_into_our_network_is_tried_later_and_never_called(
    app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, browser = subscribe(app, stub)
    monkeypatch.undo()
    with writing():
        session.execute(update(PushSubscription).values(endpoint="https://localhost.localdomain/push/one"))
        answer(scene)
    assert (send(app), pending(app), browser.received) == (0, 1, [])


def test_two_processes_send_once(app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing) -> None:
    browsers = [subscribe(app, stub, name=str(number))[1] for number in range(3)]
    with writing():
        answer(scene)
        session.flush()
        session.execute(update(PendingPush).values(try_after=clock.now() - timedelta(seconds=1)))
    start = Barrier(2)

    def run() -> None:
        with app.app_context():
            start.wait()
            send_pushes()

    threads = [Worker(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(browser.received) for browser in browsers] == [1, 1, 1]


def test_what_a_killed_process_had_claimed_is_sent_when_the_claim_ends(
    app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing
) -> None:
    _, browser = subscribe(app, stub)
    with writing():
        answer(scene)
        session.flush()
        session.execute(update(PendingPush).values(try_after=clock.now() - timedelta(seconds=1)))
    with app.app_context():
        assert len(push._claim()) == 1  # and the process is gone
    assert send(app, after=timedelta(seconds=100)) == 0
    assert send(app, after=timedelta(seconds=30)) == 1
    assert len(browser.received) == 1


def test_messages_fit_whatever_they_say(app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing) -> None:
    _, browser = subscribe(app, stub)
    details = {"title": '"\N{OLD ITALIC LETTER A}' * 75, "reason": "\N{OLD ITALIC LETTER A}" * 2000}
    with writing():
        told.tell(scene["anna"], "post-rejected", subject="post:77", details=details)
    assert send(app) == 1
    assert len(str(browser.received[0]).encode()) <= web_push.MAX_PAYLOAD
