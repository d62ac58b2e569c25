"""The mail job: sends queued mail by SMTP, or writes it to the outbox folder if no mail server is configured.

A message is claimed for a minute before it is sent, and the claim is renewed while the server takes its time, so two
processes running this send it once. If one is killed in between, the message is sent again a minute later with the same
Message-ID: it arrives twice only if the server had accepted it and the deletion of its row was not yet committed.
"""

import logging
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from pathlib import Path
from threading import Event, Thread
from typing import Protocol, cast

from flask_babel import force_locale
from sqlalchemy import CursorResult, Engine, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from forum.health import status_notes
from forum.infra import clock, smtp
from forum.infra.database.core_statements import table_of
from forum.infra.database.db import current_settings, db, session, transaction
from forum.infra.text.mail_addresses import needs_smtputf8
from forum.interfaces import translate
from forum.mail.messages import compose
from forum.mail.notification_mail import mail_about, note_mailed
from forum.mail.rules import CLAIM, MAX_ERROR
from forum.models import Mail
from forum.site.queries import snapshot

log = logging.getLogger("forum.mail")

BATCH, BATCH_SECONDS = 50, 20.0  # per run: a slow mail server must not delay the other jobs
RENEW_SECONDS = 20.0
MESSAGE_SECONDS = 120.0  # that a server may take for one message
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
MAX_ATTEMPTS = 16  # the last about two days after the first


class Undeliverable(Exception):
    """No later attempt can succeed."""


def send_mail() -> int:
    """Send due messages; returns how many were sent."""
    due = deque(_due())
    sent, end = 0, time.monotonic() + BATCH_SECONDS
    try:
        while due and time.monotonic() < end:
            with _transport() as transport:
                sent += _deliver(due.popleft(), transport)
                # some servers limit the messages per connection
                while due and transport.is_open() and time.monotonic() < end:
                    sent += _deliver(due.popleft(), transport)
    except smtp.SMTP_ERRORS as error:
        log.warning("cannot reach the mail server: %s", type(error).__name__)
        status_notes.note(status_notes.MAIL_FAILED, smtp.error_text(error))
        _postpone_due(smtp.error_text(error))
    if sent:
        status_notes.note(
            status_notes.MAIL_SENT, times=sent, ends=(status_notes.MAIL_FAILED, status_notes.MAIL_REFUSED)
        )
    return sent


def _due() -> list[int]:
    """The next messages, those of accounts first: somebody waits for them."""
    statement = select(Mail.id).where(Mail.try_after <= clock.now()).order_by(Mail.kind != "", Mail.id).limit(BATCH)
    mail_ids = list(session.scalars(statement))
    session.rollback()
    return mail_ids


def _deliver(letter_id: int, transport: "Transport") -> bool:
    letter = _take(letter_id)
    if letter is None:
        return False
    try:
        message = _composed(letter)
        if message is None:
            _remove(letter)
            return False
        transport.send(letter, message)
    except (Undeliverable, ValueError, MessageError) as error:
        log.error("message %d cannot be delivered: %s", letter.id, type(error).__name__)
        words = smtp.error_text(error.__cause__ or error)
        status_notes.note(status_notes.MAIL_REFUSED, words)
        _give_up(letter, words)
        return False
    except smtp.SMTP_ERRORS as error:
        log.warning("message %d was not accepted (attempt %d): %s", letter.id, letter.attempts, type(error).__name__)
        status_notes.note(status_notes.MAIL_FAILED, smtp.error_text(error))
        _try_later(letter, smtp.error_text(error))
        return False
    _remove(letter, is_sent=True)
    return True


def _composed(letter: Mail) -> EmailMessage | None:
    """The e-mail for a message, in the forum's language; None if it has nothing to say any more."""
    if not letter.kind:
        return compose(letter)
    try:
        with force_locale(snapshot().language):
            return mail_about(letter, translate)
    finally:
        session.rollback()


def _take(letter_id: int) -> Mail | None:
    """Claim a message for CLAIM; None if another process has it."""
    now = clock.now()
    with transaction():
        claim = update(Mail).where(Mail.id == letter_id, Mail.try_after <= now)
        claim = claim.values(attempts=Mail.attempts + 1, try_after=now + CLAIM)
        if cast("CursorResult[object]", session.execute(claim)).rowcount != 1:
            return None
        letter = session.get_one(Mail, letter_id, populate_existing=True)
        session.expunge(letter)
    return letter


@contextmanager
def _claimed(letter_id: int, server: smtp.SmtpConnection) -> Iterator[None]:
    """Keep renewing the claim on a message inside the block, for at most MESSAGE_SECONDS."""
    done = Event()
    renewal = Thread(target=_renew, args=(db.engine, letter_id, server, done), daemon=True)
    renewal.start()
    try:
        yield
    finally:
        done.set()
        renewal.join()


def _renew(engine: Engine, letter_id: int, server: smtp.SmtpConnection, done: Event) -> None:
    end = time.monotonic() + MESSAGE_SECONDS
    while not done.wait(RENEW_SECONDS):
        if time.monotonic() > end:  # a server may send a byte now and then, which no timeout of a socket notices
            server.abort()
            return
        claim = update(table_of(Mail)).where(Mail.id == letter_id).values(try_after=clock.now() + CLAIM)
        try:
            with engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
                connection.execute(claim)
        except SQLAlchemyError as error:
            log.warning("the claim on message %d was not renewed: %s", letter_id, type(error).__name__)


def _try_later(letter: Mail, words: str) -> None:
    if letter.attempts >= MAX_ATTEMPTS:
        log.error("gave up on message %d after %d attempts", letter.id, letter.attempts)
        _give_up(letter, words)
        return
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (letter.attempts - 1))
    _store_failure(letter, words, try_after=clock.now() + wait)


def _give_up(letter: Mail, words: str) -> None:
    """Keep a message for admins to see; it is not tried again unless one of them asks for it."""
    _store_failure(letter, words, try_after=None)


def _store_failure(letter: Mail, words: str, *, try_after: datetime | None) -> None:
    values = {"try_after": try_after, "last_error": words[:MAX_ERROR]}
    with transaction():
        session.execute(update(Mail).where(Mail.id == letter.id).values(values))


def _postpone_due(words: str) -> None:
    """Postpone all due messages because the server is unreachable; this does not count as an attempt."""
    with transaction():
        later = update(Mail).where(Mail.try_after <= clock.now())
        session.execute(later.values(try_after=clock.now() + FIRST_WAIT, last_error=words[:MAX_ERROR]))


def _remove(letter: Mail, *, is_sent: bool = False) -> None:
    with transaction():
        if is_sent:
            note_mailed(letter)
        session.execute(delete(Mail).where(Mail.id == letter.id))


@contextmanager
def _transport() -> Iterator["Transport"]:
    """An SMTP connection for several messages, or the outbox."""
    if not current_settings().mail_url:
        yield Outbox()
        return
    with smtp.connect(current_settings().mail_url) as server:
        yield Smtp(server)


class Transport(Protocol):
    """A mail transport."""

    def send(self, letter: Mail, message: EmailMessage) -> None:
        """Send one message; raises Undeliverable or one of smtp.SMTP_ERRORS."""

    def is_open(self) -> bool:
        """Whether another message may be sent."""


class Smtp:
    """A connected mail server."""

    def __init__(self, server: smtp.SmtpConnection) -> None:
        self._server = server

    def send(self, letter: Mail, message: EmailMessage) -> None:
        """Submit a message to the server, keeping its claim."""
        try:
            with _claimed(letter.id, self._server):
                smtp.send(self._server, message, to=letter.recipient)
        except smtp.SMTP_ERRORS as refusal:
            if smtp.is_final(refusal):
                raise Undeliverable from refusal
            raise

    def is_open(self) -> bool:
        """Whether the server answers NOOP."""
        try:
            return self._server.noop()[0] == 250
        except smtp.SMTP_ERRORS:
            return False


class Outbox:
    """The outbox folder, readable by the operator only."""

    def send(self, letter: Mail, message: EmailMessage) -> None:
        """Write a message to its own .eml file."""
        folder = current_settings().data / "outbox"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = folder / f"{letter.created_at:%Y%m%d-%H%M%S}-{letter.id}.eml"
        draft = target.with_suffix(f".{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(message.as_bytes(policy=SMTPUTF8 if needs_smtputf8(letter.recipient) else SMTP))
        Path(draft).replace(target)

    def is_open(self) -> bool:
        """Always true."""
        return True
