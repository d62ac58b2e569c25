"""The job that reads a real mailbox over IMAP: nothing lost, nothing posted twice, and operators hear what is wrong."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Thread as OsThread

import pytest
from flask import Flask
from sqlalchemy import select

from forum.health import checks, connections, status_notes
from forum.inbox import rules
from forum.inbox.reading import read_mailbox
from forum.infra.database.db import session, transaction
from forum.infra.imap import mailbox
from forum.infra.settings import Settings
from forum.models import InboundMail, Member, Post, Thread
from tests.conftest import settings_on
from tests.factories import a_thread
from tests.inbox.forms import INBOX, a_confirmed_member, address_for, an_answer
from tests.servers import ImapServer, free_port, imap_server

_second = count(1_800_000_000)  # names of messages begin with the time at which they came
ENDS_BEFORE_DELETING = """
import os, signal
from forum.app import create_app
from forum.inbox import reading
from forum.infra.imap.mailbox import Mailbox
from forum.infra.settings import from_environment

left = [AFTER]

def die(box, uid):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    really(box, uid)

really, Mailbox.delete = Mailbox.delete, die
with create_app(from_environment()).app_context():
    reading.read_mailbox()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with imap_server() as running:
        yield running


@pytest.fixture
def environment(server: ImapServer) -> dict[str, str]:
    return INBOX | {"FORUM_INBOX_URL": server.url}


@pytest.fixture
def settings(tmp_path: Path, server: ImapServer, environment: dict[str, str]) -> Settings:
    for part in ("new", "cur"):
        for file in (server.folder / part).iterdir():
            file.unlink()
    return settings_on(tmp_path / "data", **environment)


@pytest.fixture
def bo(app_in_context: Flask) -> Member:
    with transaction():
        return a_confirmed_member("Bo")


@pytest.fixture
def lamps(bo: Member) -> Thread:
    with transaction():
        return a_thread(title="Lamps in the hall")


def answers_in(thread: Thread) -> list[str]:
    session.rollback()
    return list(
        session.scalars(select(Post.source).where(Post.thread_id == thread.id, Post.position != 1).order_by(Post.id))
    )


def put(server: ImapServer, member: Member, thread: Thread, *texts: str) -> None:
    for text in texts:
        message = an_answer(address_for(member, thread), str(member.email), text)
        server.deliver(message.as_bytes(), f"{next(_second)}.mail")


def test_answers_are_posted_and_other_mail_is_left_as_seen(server: ImapServer, bo: Member, lamps: Thread) -> None:
    put(server, bo, lamps, "One.", "Two – größer.")
    server.deliver(an_answer("forum@talk.example", "somebody@else.example").as_bytes(), f"{next(_second)}.other.mail")
    assert read_mailbox() == 2
    assert answers_in(lamps) == ["One.", "Two – größer."]
    [left] = server.left()
    assert ".other." in left
    assert "S" in left.rpartition(",")[2], "it is seen"
    assert read_mailbox() == 0
    assert status_notes.MAILBOX_READ in status_notes.notes()


def test_a_message_that_is_too_large_is_not_fetched(
    server: ImapServer, bo: Member, lamps: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forum.inbox.reading.MAX_BYTES", 5_000)
    put(server, bo, lamps, "word " * 2_000)
    assert read_mailbox() == 1
    assert session.scalars(select(InboundMail.outcome)).all() == ["too-large"]
    assert not answers_in(lamps)
    assert not server.left()


def test_a_member_who_sends_too_many_does_not_delay_the_others(
    server: ImapServer, bo: Member, lamps: Thread, monkeypatch: pytest.MonkeyPatch, app_in_context: Flask
) -> None:
    known = app_in_context.extensions["forum.settings"]
    app_in_context.extensions["forum.settings"] = replace(known, limits=True)
    monkeypatch.setattr("forum.inbox.reading.MESSAGES_PER_RUN", 3)
    with transaction():
        cy = a_confirmed_member("Cy")
    put(server, bo, lamps, *(f"Answer {number}." for number in range(5)))
    put(server, cy, lamps, "Mine.")
    assert read_mailbox() == 2
    assert answers_in(lamps) == ["Answer 0.", "Mine."]
    assert len(server.left()) == 4, "they are read again"


def test_two_processes_post_a_message_once(app: Flask, server: ImapServer, bo: Member, lamps: Thread) -> None:
    texts = [f"Answer {number}." for number in range(8)]
    put(server, bo, lamps, *texts)

    def run() -> None:
        with app.app_context():
            read_mailbox()
            session.remove()

    threads = [OsThread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read_mailbox()
    assert sorted(answers_in(lamps)) == texts
    assert not server.left()


@pytest.mark.parametrize("after", [0, 2])
def test_killed_before_a_message_is_deleted_none_is_lost_and_none_posted_twice(
    server: ImapServer, bo: Member, lamps: Thread, settings: Settings, environment: dict[str, str], after: int
) -> None:
    texts = [f"Answer {number}." for number in range(4)]
    put(server, bo, lamps, *texts)
    own = {
        "FORUM_DATA": str(settings.data),
        "FORUM_SECRET_KEY": settings.secret_key,
        "FORUM_DATABASE_URL": settings.database_url,
        "FORUM_LIMITS": "off",
        "FORUM_REDIS_URL": settings.redis_url,
    }
    session.rollback()
    program = ENDS_BEFORE_DELETING.replace("AFTER", str(after))
    here = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", program], env=here | environment | own, check=False, timeout=120)
    assert ended.returncode == -signal.SIGKILL
    assert answers_in(lamps) == texts[: after + 1], "the last one was posted, but not deleted"
    read_mailbox()
    assert answers_in(lamps) == texts
    assert not server.left()


def test_a_run_handles_a_limited_number_of_messages(
    server: ImapServer, bo: Member, lamps: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forum.inbox.reading.MESSAGES_PER_RUN", 2)
    put(server, bo, lamps, "One.", "Two.", "Three.")
    assert [read_mailbox(), read_mailbox()] == [2, 1]
    assert rules.MESSAGES_PER_RUN > 2


def test_a_message_that_cannot_be_handled_stays_and_stops_no_other(
    server: ImapServer, bo: Member, lamps: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(server, bo, lamps, "One.", "Two.")
    monkeypatch.setattr("forum.inbox.delivery.HANDLERS", (lambda *_: 1 // 0,))
    assert read_mailbox() == 0
    assert len(server.left()) == 2
    assert status_notes.JOB_FAILED in status_notes.notes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("s3cret", "wrong"), "rejects the user name or the password"),
        (("INBOX", "Elsewhere"), "folder in FORUM_INBOX_URL cannot be opened"),
        (("imap://", "imaps://"), "TLS failed"),
        (("127.0.0.1:", "127.0.0.1:1"), ""),
    ],
)
def test_what_is_wrong_with_the_mailbox_is_said_in_plain_words(
    app_in_context: Flask, server: ImapServer, settings: Settings, change: tuple[str, str], words: str
) -> None:
    url = (
        server.url.replace(*change) if words else server.url.replace(server.url.split(":")[-1], f"{free_port()}/INBOX")
    )
    broken = type(settings)(**{**vars(settings), "inbox_url": url})
    app_in_context.extensions["forum.settings"] = broken
    assert read_mailbox() == 0
    [check] = checks.inbox()
    assert check.level is checks.Level.WARNING
    assert (words or "nothing answers at this host and port") in check.detail
    assert "s3cret" not in str(check)
    [examined] = connections.inbox(broken)
    assert examined.level is checks.Level.FAULT
    assert (words or "nothing answers") in examined.words


def test_doctor_says_that_the_mailbox_can_be_read_and_leaves_its_mail(
    app_in_context: Flask, server: ImapServer, settings: Settings, bo: Member, lamps: Thread
) -> None:
    put(server, bo, lamps, "One.")
    [examined] = connections.inbox(settings)
    assert (examined.level, "1 unread" in examined.words) == (checks.Level.OK, True)
    assert checks.inbox()[0].words == "not read yet"
    assert read_mailbox() == 1, "it was still unread"
    assert checks.inbox()[0].level is checks.Level.OK


def test_a_connection_that_ends_is_reported_and_the_rest_read_later(
    server: ImapServer, bo: Member, lamps: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(server, bo, lamps, "One.", "Two.")
    really = mailbox.Mailbox.delete

    def cut(box: mailbox.Mailbox, uid: int) -> None:
        mailbox._abort(box._client)
        really(box, uid)

    monkeypatch.setattr(mailbox.Mailbox, "delete", cut)
    assert read_mailbox() == 0
    assert checks.inbox()[0].level is checks.Level.WARNING
    monkeypatch.setattr(mailbox.Mailbox, "delete", really)
    assert read_mailbox() == 2
    assert answers_in(lamps) == ["One.", "Two."]
    assert checks.inbox()[0].level is checks.Level.OK


def test_without_a_mailbox_nothing_is_read(app_in_context: Flask, settings: Settings) -> None:
    app_in_context.extensions["forum.settings"] = type(settings)(**{**vars(settings), "inbox_url": ""})
    assert read_mailbox() == 0
    assert not checks.inbox()
    assert not list(connections.inbox(type(settings)(**{**vars(settings), "inbox_url": ""})))
