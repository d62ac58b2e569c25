"""A message is sent once: a slow send keeps its claim; after a kill the claim expires in a minute."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum.health import status_notes
from forum.infra import clock, smtp
from forum.infra.database.db import session, start_writing
from forum.infra.settings import Settings
from forum.infra.text.messages import say
from forum.jobs import mail
from forum.mail.messages import compose
from forum.members import account_mail
from forum.models import Mail
from tests.cli.commands import environment, forum, rows
from tests.conftest import settings_on
from tests.servers import smtp_server_of

HOME = "https://forum.example"


class Slow:
    """A slow mail server that may close the connection after each message."""

    def __init__(self, seconds: float = 0.0, *, messages: int = 1000) -> None:
        self.seconds, self.messages = seconds, messages
        self.taken: list[str] = []
        self.connections = 0
        self._left: dict[int, int] = {}

    async def handle_EHLO(self, _server: Any, session: Any, _envelope: Any, host: str, answers: list[str]) -> list[str]:  # noqa: N802
        session.host_name = host
        self.connections += 1
        self._left[id(session)] = self.messages
        return answers

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, sender: str, _options: Any) -> str:  # noqa: N802
        if self._left[id(session)] == 0:
            server.transport.close()
            return "421 enough"
        self._left[id(session)] -= 1
        envelope.mail_from = sender
        return "250 ok"

    async def handle_NOOP(self, _server: Any, session: Any, _envelope: Any, _arg: Any) -> str:  # noqa: N802
        return "250 ok" if self._left[id(session)] else "421 enough"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self.seconds)
        self.taken.append(envelope.rcpt_tos[0])
        return "250 kept"


@pytest.fixture
def slow(request: pytest.FixtureRequest) -> Iterator[tuple[Slow, str]]:
    handler = Slow(**getattr(request, "param", {}))
    with smtp_server_of(handler) as url:
        yield handler, url


@pytest.fixture
def settings(tmp_path: Path, slow: tuple[Slow, str]) -> Settings:
    return settings_on(tmp_path / "data", FORUM_MAIL_URL=slow[1], FORUM_BASE_URL=HOME)


def write(*recipients: str) -> None:
    start_writing()
    for recipient in recipients:
        account_mail.queue_mail(recipient, say("Hello"), say("Hello."))
    session.commit()


@pytest.mark.parametrize("slow", [{"seconds": 3.0}], indirect=True)
def test_a_slow_send_keeps_its_claim(
    app_in_context: Flask, slow: tuple[Slow, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "CLAIM", timedelta(seconds=1.5))
    monkeypatch.setattr(mail, "RENEW_SECONDS", 0.2)
    write("anna@example.org")

    def send() -> None:
        with app_in_context.app_context():
            mail.send_mail()
            session.remove()

    first = Thread(target=send)
    first.start()
    time.sleep(2.2)  # long enough for an unrenewed claim to expire
    assert mail.send_mail() == 0
    first.join()
    assert slow[0].taken == ["anna@example.org"]
    session.rollback()
    assert session.scalars(select(Mail)).all() == []


def test_a_sender_killed_while_sending_blocks_the_message_for_a_minute(
    app_in_context: Flask, slow: tuple[Slow, str]
) -> None:
    assert app_in_context.name
    write("anna@example.org")
    (letter_id,) = session.scalars(select(Mail.id))
    assert mail._take(letter_id) is not None  # and nothing else of the sending code
    assert mail.send_mail() == 0
    with clock.frozen_at(clock.now() + timedelta(seconds=61)):
        assert mail.send_mail() == 1
    assert slow[0].taken == ["anna@example.org"]


@pytest.mark.parametrize("slow", [{"seconds": 0.3}], indirect=True)
def test_a_run_ends_in_time_for_the_other_jobs_and_the_next_one_sends_the_rest(
    app_in_context: Flask, slow: tuple[Slow, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert app_in_context.name
    monkeypatch.setattr(mail, "BATCH_SECONDS", 0.5)
    write(*(f"m{number}@example.org" for number in range(4)))
    sent = mail.send_mail()
    assert 1 <= sent <= 2
    monkeypatch.setattr(mail, "BATCH_SECONDS", 20.0)
    assert mail.send_mail() == 4 - sent
    assert slow[0].taken == [f"m{number}@example.org" for number in range(4)]


def drip(listener: socket.socket) -> None:
    """A mail server that never finishes its response to a message: a byte every tenth of a second."""
    line, _ = listener.accept()
    with line, line.makefile("rb") as commands, suppress(OSError):
        line.sendall(b"220 hello\r\n")
        while not (command := commands.readline().upper()).startswith(b"DATA"):
            line.sendall(b"250 ok\r\n" if command else b"")
        line.sendall(b"354 go on\r\n250 ")
        while True:
            line.sendall(b"k")
            time.sleep(0.1)


def test_a_server_that_never_finishes_a_response_holds_the_job_for_a_limited_time(
    app_in_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert app_in_context.name
    monkeypatch.setattr(mail, "RENEW_SECONDS", 0.2)
    monkeypatch.setattr(mail, "MESSAGE_SECONDS", 0.5)
    write("anna@example.org")
    letter = session.scalars(select(Mail)).one()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=drip, args=(listener,), daemon=True).start()
        with smtp.connect(f"smtp://127.0.0.1:{listener.getsockname()[1]}") as server:
            began = time.monotonic()
            with pytest.raises(smtp.SMTP_ERRORS):
                mail.Smtp(server).send(letter, compose(letter))
            assert time.monotonic() - began < 10


@pytest.mark.parametrize("slow", [{"messages": 2}], indirect=True)
def test_a_server_that_accepts_few_messages_per_connection_gets_all_in_one_run(
    app_in_context: Flask, slow: tuple[Slow, str]
) -> None:
    assert app_in_context.name
    write(*(f"m{number}@example.org" for number in range(5)))
    assert mail.send_mail() == 5
    assert slow[0].connections == 3
    assert status_notes.notes()[status_notes.MAIL_SENT].total == 5
    assert status_notes.MAIL_FAILED not in status_notes.notes()


@pytest.mark.parametrize("slow", [{"seconds": 60.0}], indirect=True)
def test_killed_jobs_delay_a_message_by_no_more_than_a_minute(slow: tuple[Slow, str], tmp_path: Path) -> None:
    data, own = tmp_path / "data", {"FORUM_MAIL_URL": slow[1], "FORUM_BASE_URL": HOME}
    assert forum(data, "seed").returncode == 0
    columns = "INSERT INTO mail (recipient, subject, body, created_at, try_after, attempts)"
    rows(data, f"{columns} VALUES ('a@example.org', 'x', 'x', '2020-01-01', '2020-01-01', 0)")
    command = [sys.executable, "-m", "forum.cli", "worker"]
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(command, env=environment(data, **own), stdout=log, stderr=log)
        end = time.monotonic() + 30
        while slow[0].connections == 0 and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.5)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)
    ((attempts, try_after),) = rows(data, "SELECT attempts, try_after FROM mail")
    assert attempts == 1
    waits = datetime.fromisoformat(str(try_after)).replace(tzinfo=UTC) - clock.now()
    assert timedelta(seconds=30) < waits <= timedelta(seconds=60)
