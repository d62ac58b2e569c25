"""Outgoing mail: by SMTP or into the outbox, once, retried on failure, and without header injection."""

import logging
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import db, session, start_writing
from forum.infra.settings import Settings
from forum.infra.text.messages import say
from forum.jobs.mail import MAX_ATTEMPTS, send_mail
from forum.mail.messages import compose
from forum.members import account_mail
from forum.models import Mail
from tests.conftest import settings_on
from tests.mail.sink import text_of
from tests.servers import Mailbox, free_port, smtp_server, smtp_server_of

TRICKS = (
    "anna@example.org\r\nBcc: eve@example.org",
    "anna@example.org\nBcc: eve@example.org\n\nbody",
    "anna@example.org, eve@example.org",
    "anna@example.org\u2028Bcc: eve@example.org",
    "anna@example.org\x0bBcc: eve@example.org\x85",
)
HEADERS = sorted(
    [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "MIME-Version",
        "Content-Type",
    ]
)


def a_letter(to: str = "anna@example.org", subject: str = "Hello", body: str = "Line one.\nCafé ☕.") -> None:
    start_writing()
    account_mail.queue_mail(to, say(subject), say(body.replace("%", "%%")))
    session.commit()


def outbox(app: Flask) -> list[Path]:
    return sorted((app.extensions["forum.settings"].data / "outbox").glob("*"))


def opened(path: Path) -> EmailMessage:
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


class TestOutbox:
    """Without a mail server."""

    def test_a_message_in_the_outbox_is_readable_by_the_operator_only(self, app_in_context: Flask) -> None:
        a_letter()
        assert send_mail() == 1
        (path,) = outbox(app_in_context)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        letter = opened(path)
        assert letter["To"] == "anna@example.org"
        assert letter["Subject"] == "Hello"
        assert letter["From"] == "The Test Forum <forum@localhost>"
        assert text_of(letter).splitlines() == ["Line one.", "Café ☕."]
        assert session.scalars(select(Mail)).all() == []
        assert send_mail() == 0

    def test_no_text_becomes_a_header_or_a_recipient(self, app_in_context: Flask) -> None:
        for to in TRICKS:
            a_letter(to, "Hello")
        for subject in TRICKS:
            a_letter("anna@example.org", subject)
        assert send_mail() == len(TRICKS)
        assert set(session.scalars(select(Mail.try_after))) == {None}, "the others are given up"
        for path in outbox(app_in_context):
            letter = opened(path)
            assert letter.get_all("Bcc") is None
            assert len(letter.get_all("To", [])) == 1
            assert len(letter["To"].addresses) == 1
            assert letter["To"].addresses[0].addr_spec == "anna@example.org"
            assert sorted(letter.keys()) == HEADERS

    def test_a_row_that_was_tampered_with_is_not_sent(
        self, app_in_context: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Even if the text bypassed the function that writes mail."""
        start_writing()
        now = clock.now()
        session.add(
            Mail(recipient="a@example.org\nBcc: eve@example.org", subject="x", body="x", created_at=now, try_after=now)
        )
        session.add(
            Mail(recipient="a@example.org", subject="x\nBcc: eve@example.org", body="x", created_at=now, try_after=now)
        )
        session.commit()
        with caplog.at_level(logging.ERROR):
            assert send_mail() == 0
        assert outbox(app_in_context) == []
        assert "eve" not in caplog.text

    def test_a_message_sent_twice_is_one_file(self, app_in_context: Flask) -> None:
        """The job may run twice without harm."""
        a_letter()
        row = session.scalars(select(Mail)).one()
        copy = {
            name: getattr(row, name)
            for name in ("id", "recipient", "subject", "body", "created_at", "try_after", "attempts")
        }
        send_mail()
        start_writing()
        session.add(Mail(**copy))
        session.commit()
        send_mail()
        assert len(outbox(app_in_context)) == 1


class FailingServer:
    """A mail server with a configurable answer."""

    def __init__(self, answer: str) -> None:
        self.answer, self.letters = answer, 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.answer.startswith("55"):
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        self.letters += 1
        return self.answer


class TestSmtp:
    """With a mail server."""

    @pytest.fixture
    def mailbox(self) -> Iterator[Mailbox]:
        with smtp_server() as mailbox:
            yield mailbox

    @pytest.fixture
    def settings(self, tmp_path: Path, mailbox: Mailbox) -> Settings:
        return settings_on(tmp_path / "data", FORUM_MAIL_URL=mailbox.url, FORUM_BASE_URL="https://forum.example")

    def test_messages_arrive_once_with_their_headers(self, app_in_context: Flask, mailbox: Mailbox) -> None:
        for number in range(3):
            a_letter(f"m{number}@example.org", subject="Grüße ☕")
        assert send_mail() == 3
        assert send_mail() == 0
        assert [letter["To"] for letter in mailbox.letters] == [f"m{number}@example.org" for number in range(3)]
        letter = mailbox.letters[0]
        assert letter["Subject"] == "Grüße ☕"
        assert letter["From"].addresses[0].addr_spec == "forum@forum.example"
        assert letter["Auto-Submitted"] == "auto-generated"
        assert len({letter["Message-ID"] for letter in mailbox.letters}) == 3
        assert "Café ☕." in text_of(letter)

    def test_two_concurrent_senders_send_each_message_once(self, app_in_context: Flask, mailbox: Mailbox) -> None:
        """The job may run twice without harm: a claimed message is skipped."""
        a_letter()
        row = session.scalars(select(Mail)).one()
        with clock.frozen_at(row.created_at):
            first = compose(row)
            start_writing()
            row.try_after = clock.now() + timedelta(minutes=10)  # as a concurrent sender leaves it
            session.commit()
            assert send_mail() == 0
        assert first["To"] == "anna@example.org"
        assert mailbox.letters == []
        with clock.frozen_at(clock.now() + timedelta(minutes=11)):
            assert send_mail() == 1


@pytest.fixture(params=["451 later", "550 no such mailbox", "554 not at all"])
def failing_server(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A server that refuses mail: its answer and its address."""
    with smtp_server_of(FailingServer(request.param)) as url:
        yield request.param, url


def next_try() -> datetime | None:
    session.expire_all()
    return session.scalars(select(Mail.try_after)).one()


class TestTrouble:
    """With a mail server that refuses, or an address without one."""

    @pytest.fixture
    def settings(self, tmp_path: Path, failing_server: tuple[str, str]) -> Settings:
        return settings_on(tmp_path / "data", FORUM_MAIL_URL=failing_server[1], FORUM_BASE_URL="https://forum.example")

    def test_temporary_failures_are_retried_with_increasing_delays(
        self, app_in_context: Flask, failing_server: tuple[str, str]
    ) -> None:
        """A permanent failure, such as an unknown mailbox, is not retried, but kept with the server's answer."""
        a_letter()
        assert send_mail() == 0
        row = session.scalars(select(Mail)).one_or_none()
        if failing_server[0].startswith("55"):
            assert row is not None
            assert (row.try_after, row.last_error) == (None, failing_server[0])
            assert send_mail() == 0
            return
        waits = []
        while (wait := next_try()) is not None:
            waits.append(wait)
            assert send_mail() == 0
            with clock.frozen_at(wait):
                send_mail()
        gaps = [later - earlier for earlier, later in pairwise(waits)]
        assert gaps == sorted(gaps)
        assert gaps[-1] > gaps[0]
        assert len(waits) == MAX_ATTEMPTS - 1, "then it is given up"
        assert session.scalars(select(Mail.last_error)).one() == "451 later"


class TestNoServer:
    """With nothing listening at the address."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        url = f"smtp://127.0.0.1:{free_port()}"
        return settings_on(tmp_path / "data", FORUM_MAIL_URL=url, FORUM_BASE_URL="https://forum.example")

    def test_messages_wait_for_an_unreachable_server(self, app_in_context: Flask) -> None:
        """It does not use up their attempts."""
        a_letter()
        assert send_mail() == 0
        row = session.scalars(select(Mail)).one()
        assert row.attempts == 0
        assert row.try_after
        assert row.try_after > clock.now()
        assert row.last_error == "Connection refused"
        assert db.engine is not None
