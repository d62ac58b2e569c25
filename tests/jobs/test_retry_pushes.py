"""Push services that fail, browsers that are gone, and processes that are killed or two."""

import logging
from datetime import timedelta
from threading import Barrier
from threading import Thread as Worker

import pytest
from flask import Flask
from sqlalchemy import select, update

from forum.infra import clock
from forum.infra.database.db import session
from forum.jobs import push
from forum.jobs.push import send_pushes
from forum.models import (
    Member,
    Notification,
    PendingPush,
    PushSubscription,
)
from forum.notifications.actions import tell
from forum.outside.http_calls import Unavailable
from forum.outside.web_push import Push, Sender, Taken
from forum.threads.actions import reply
from tests.factories import a_thread
from tests.jobs.pushing import Writing, answer, pending, send, subscribe, subscribed
from tests.outside.push_stub import PushStub


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


def test_one_that_cannot_be_made_does_not_delay_the_others(
    app: Flask, stub: PushStub, scene: dict[str, int], writing: Writing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "forum.push")
    _, browser = subscribe(app, stub)
    with writing():
        tell(scene["anna"], "decision", subject="decision:1")
        session.execute(update(Notification).values(details=["of", "another", "version"]))
        answer(scene)
    assert (send(app), len(browser.received), pending(app)) == (1, 1, 1)


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


def test_a_browser_whose_service_hangs_is_asked_one_at_a_time_and_less_and_less_often(
    app: Flask,
    stub: PushStub,
    scene: dict[str, int],
    writing: Writing,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, "forum.push")
    asked = []

    def hang(each: Push, _: Sender) -> Taken:
        asked.append(each.endpoint)
        raise Unavailable("no answer within 10 seconds")

    monkeypatch.setattr(push, "send", hang)
    subscribe(app, stub)
    with writing():
        ben = session.get_one(Member, scene["ben"])
        for number in range(30):
            other = a_thread(by=session.get_one(Member, scene["anna"]), title=f"Thread {number}")
            reply(ben, other, body=f"Answer {number}.")
    send(app)
    assert (len(asked), pending(app)) == (1, 30)
    send(app, after=timedelta(0))
    assert len(asked) == 1, "the others wait with the one that failed"
    send(app, after=timedelta(seconds=40))
    assert len(asked) == 2
    send(app, after=timedelta(seconds=40))
    assert len(asked) == 2, "it waits longer each time"
