"""A mail about a notification is sent once by two processes; after a kill it is sent again with the same Message-ID."""

import logging
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.jobs import mail
from forum.models import Mail, Notification, WatchLevel
from forum.notifications.mail_queue import DELAY
from forum.watching.actions import choose_for_thread
from tests.factories import a_post, a_thread
from tests.mail.sink import Sink, a_reader, a_writer
from tests.watching.told import tell


@pytest.fixture(autouse=True)
def waiting(app_in_context: Flask) -> None:
    assert app_in_context.name
    thread = a_thread(by=a_writer())
    for _ in range(6):
        choose_for_thread(a_reader(), thread, WatchLevel.MAIL)
    a_post(thread=thread)
    tell()
    session.commit()


def test_two_processes_send_each_mail_once(app: Flask, sink: Sink) -> None:
    start, due, sent = Barrier(2), clock.now() + DELAY, list[int]()

    def send() -> None:
        with app.app_context(), clock.frozen_at(due):
            start.wait()
            sent.append(mail.send_mail())
            session.remove()

    both = [Thread(target=send) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sum(sent) == len(sink.raw) == len({to for to, _ in sink.raw}) == 6
    assert session.scalars(select(Mail)).all() == []
    mailed = select(Notification).where(Notification.mailed_at.is_not(None))
    assert len(session.scalars(mailed).all()) == 6


def test_one_that_cannot_be_made_does_not_delay_the_others_and_is_tried_later(
    sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "forum.mail")
    due, now = clock.now() + DELAY, clock.now()
    start_writing()
    news = {"subject": "Digest", "attempts": 0, "created_at": now, "try_after": now}
    session.add(Mail(recipient="", member_id=a_reader().id, kind="digest", body='{"of": "another version"}', **news))
    session.commit()
    with clock.frozen_at(due):
        assert mail.send_mail() == 6
    assert [each.last_error for each in session.scalars(select(Mail))] == ["KeyError"]
    for day in range(1, 6):
        with clock.frozen_at(due + timedelta(days=day)):
            mail.send_mail()
    (waiting,) = session.scalars(select(Mail))
    assert waiting.attempts == 6
    assert (waiting.try_after or due) > due + timedelta(days=5, minutes=30), "the pauses grow"
    session.rollback()


def test_what_a_killed_process_had_sent_comes_again_with_the_same_message_id(sink: Sink) -> None:
    due = clock.now() + DELAY
    with clock.frozen_at(due):
        claimed = mail._take(session.scalars(select(Mail.id).order_by(Mail.id)).first() or 0)
        assert claimed is not None
        message = mail._composed(claimed.letter)
        assert message is not None
        with mail._transport() as transport:
            transport.send(claimed.letter, message, sender="")  # and the process ends, before it has noted that
        assert mail.send_mail() == 5, "the others do not wait"
        assert mail.send_mail() == 0
    with clock.frozen_at(due + timedelta(seconds=61)):
        assert mail.send_mail() == 1
    taken = sink.taken()
    assert taken[0][0] == taken[-1][0] == claimed.route.recipient
    assert taken[0][1]["Message-ID"] == taken[-1][1]["Message-ID"]
    assert len({message["Message-ID"] for _, message in taken}) == 6
