"""Processes that tell, mail or push are killed with SIGKILL: nothing is lost, and nothing comes twice that can be told.

Only what a server had accepted and the process had not yet stored comes again, with the same Message-ID or topic.
"""

import multiprocessing
import os
import signal
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from forum.app import create_app
from forum.archive.check import check
from forum.infra import clock
from forum.infra.database.db import db, session, transaction
from forum.infra.settings import Settings
from forum.jobs import mail, push
from forum.mail.rules import CLAIM
from forum.members.credentials import sessions
from forum.models import (
    Channel,
    Mail,
    Member,
    MemberSession,
    Notification,
    PendingPush,
    PostTelling,
    PushSubscription,
    WatchLevel,
)
from forum.notifications import mail_queue, push_queue, watchers
from forum.notifications.choices import choose
from forum.notifications.push import keys, subscriptions
from forum.outside import pinned_calls
from forum.watching.actions import choose_for_thread
from tests.conftest import settings_on
from tests.factories import a_member, a_post, a_thread
from tests.mail.sink import HOME
from tests.outside.push_stub import PushStub, push_stub
from tests.servers import smtp_server_of

WATCHERS, AT_ONCE, NUMBER = 5, 2, 3  # members; told in a transaction; of the message at which the process is killed


class MailServer:
    """A mail server that kills who sends: before it accepts a message, or the moment it has."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []  # recipients and Message-IDs
        self.kills: Callable[[], None] = lambda: None
        self.accepts = True

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if not self.accepts and len(self.taken) == NUMBER - 1:
            self.kills()
            return "451 not now"
        self.taken.append((envelope.rcpt_tos[0], str(message_from_bytes(envelope.content)["Message-ID"])))
        if len(self.taken) == NUMBER:
            self.kills()
        return "250 kept"


@pytest.fixture
def mail_server() -> Iterator[tuple[MailServer, str]]:
    handler = MailServer()
    with smtp_server_of(handler) as url:
        yield handler, url


@pytest.fixture
def settings(tmp_path: Path, mail_server: tuple[MailServer, str]) -> Settings:
    return settings_on(tmp_path / "data", FORUM_MAIL_URL=mail_server[1], FORUM_BASE_URL=HOME)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushStub]:
    with push_stub(tmp_path, monkeypatch) as stub:
        yield stub


@pytest.fixture
def readers(app_in_context: Flask, service: PushStub) -> list[int]:
    """Members who watch a thread by mail, with a browser each; of a reply there they are still to be told."""
    assert app_in_context.name
    with transaction():
        service.public_key = keys.public_key()
        author, members = a_member(), [a_member() for _ in range(WATCHERS)]
        thread = a_thread(by=author)
        for member in members:
            choose_for_thread(member, thread, WatchLevel.MAIL)
            choose(member, {"watched_thread": {Channel.PUSH: True}})
            sessions.start(member, persistent=True)
            session.flush()
            login = session.scalars(select(MemberSession).where(MemberSession.member_id == member.id)).one()
            subscriptions.subscribe(member, login, **service.browser(f"of{member.id}").fields)
        a_post(thread=thread, by=author)
    return [member.id for member in members]


def in_process(work: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process of its own, which has loaded the code already; no transaction stays open here meanwhile."""
    session.rollback()
    prepared = multiprocessing.get_context("forkserver")
    prepared.set_forkserver_preload([__name__])
    process = prepared.Process(target=work, args=arguments)
    process.start()
    return process


def was_killed(process: BaseProcess) -> bool:
    process.join(60)
    return process.exitcode == -signal.SIGKILL


def killer_of(process: BaseProcess) -> Callable[[], None]:
    return lambda: os.kill(process.pid or 0, signal.SIGKILL)


def number_of(model: type[object]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def tell_until_a_commit(settings: Settings, number: int) -> None:
    """Tell watchers, and be killed right before a commit."""
    left = [number]

    def die(_connection: object) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    watchers.TOLD_AT_ONCE = AT_ONCE
    with create_app(settings).app_context():
        event.listen(db.engine, "commit", die)
        watchers.tell_pending()


def test_tellers_killed_before_any_commit_leave_nothing_half_told_and_each_is_told_mailed_and_pushed_once(
    readers: list[int], settings: Settings
) -> None:
    for number, told in ((1, 0), (2, AT_ONCE), (2, 2 * AT_ONCE)):
        assert was_killed(in_process(tell_until_a_commit, settings, number))
        assert [number_of(model) for model in (Notification, Mail, PendingPush)] == [told] * 3
        assert [*map(str, check())] == []
    watchers.tell_pending()
    told_of = Counter(session.scalars(select(Notification.member_id)))
    assert told_of == Counter(readers)
    assert [number_of(model) for model in (Mail, PendingPush, PostTelling)] == [WATCHERS, WATCHERS, 0]
    assert [*map(str, check())] == []


def send_mail_at(settings: Settings, moment: datetime) -> None:
    with create_app(settings).app_context(), clock.frozen_at(moment):
        mail.send_mail()


@pytest.mark.parametrize("accepts", [False, True])
def test_a_mail_is_sent_again_only_if_its_sender_was_killed_between_acceptance_and_commit(
    readers: list[int], settings: Settings, mail_server: tuple[MailServer, str], *, accepts: bool
) -> None:
    server = mail_server[0]
    watchers.tell_pending()
    session.remove()
    due, server.accepts = clock.now() + mail_queue.DELAY, accepts
    process = in_process(send_mail_at, settings, due)
    server.kills = killer_of(process)
    assert was_killed(process)
    assert len(server.taken) == NUMBER - (not accepts)
    server.accepts, server.kills = True, lambda: None
    with clock.frozen_at(due):
        assert mail.send_mail() == WATCHERS - NUMBER, "the others do not wait for what the killed process had claimed"
    with clock.frozen_at(due + CLAIM + timedelta(seconds=1)):
        assert mail.send_mail() == 1
    addresses = session.scalars(select(Member.email).where(Member.id.in_(readers))).all()
    assert sorted({to for to, _ in server.taken}) == sorted(map(str, addresses))
    again = [taken for taken, times in Counter(server.taken).items() if times > 1]
    assert len(server.taken) == WATCHERS + len(again)
    assert again == ([server.taken[NUMBER - 1]] if accepts else [])
    assert number_of(Mail) == 0
    mailed = select(func.count()).where(Notification.mailed_at.is_not(None))
    assert session.scalar(mailed) == WATCHERS


def send_pushes_at(settings: Settings, moment: datetime, port: int, certificate: str) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    pinned_calls.PORT = port
    pinned_calls.public_address = lambda host: "127.0.0.1"
    pinned_calls.tls_context = lambda: trusting  # type: ignore[assignment]  # it is cached
    with create_app(settings).app_context(), clock.frozen_at(moment):
        push.send_pushes()


def test_what_a_killed_process_was_sending_to_browsers_comes_once_or_replaces_itself(
    readers: list[int], settings: Settings, service: PushStub, tmp_path: Path
) -> None:
    watchers.tell_pending()
    session.remove()
    due, browsers = clock.now() + push_queue.DELAY, list(service.browsers.values())
    process = in_process(send_pushes_at, settings, due, service.port, str(tmp_path / "certificate.pem"))
    kill = killer_of(process)
    service.on_taken = lambda: kill() if sum(len(each.received) for each in browsers) >= NUMBER else None
    assert was_killed(process)
    service.on_taken = lambda: None
    before = {each.path: len(each.received) for each in browsers}
    pending = select(PushSubscription.endpoint).join(PendingPush, PendingPush.subscription_id == PushSubscription.id)
    left = [endpoint.partition(".com")[2] for endpoint in session.scalars(pending)]
    assert {path for path, number in before.items() if not number} <= set(left), "nothing is lost"
    with clock.frozen_at(due):
        assert push.send_pushes() == 0, "the killed process has claimed all"
    with clock.frozen_at(due + push.CLAIM + timedelta(seconds=1)):
        assert push.send_pushes() == len(left)
    assert {each.path: len(each.received) for each in browsers} == {
        path: number + (path in left) for path, number in before.items()
    }
    assert all(len(set(each.topics)) == 1 for each in browsers)
    assert len(browsers) == len(readers)
    assert number_of(PendingPush) == 0
