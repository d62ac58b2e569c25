"""The mail job: sends queued mail by SMTP, or writes it to the outbox folder if no mail server is configured.

A message is claimed for a minute before it is sent, and the claim is renewed while the server takes its time, so two
processes running this send it once. If one is killed in between, the message is sent again a minute later with the same
Message-ID: it arrives twice only if the server had accepted it and the deletion of its row was not yet committed.
"""

import logging
import os
import random
import smtplib
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple, Protocol, cast

from flask_babel import force_locale
from sqlalchemy import CursorResult, Engine, update
from sqlalchemy.exc import SQLAlchemyError

from forum.digests import composing as digests
from forum.health import status_notes
from forum.infra import clock, smtp
from forum.infra.database.core_statements import table_of
from forum.infra.database.db import current_settings, db, session, transaction
from forum.infra.text.mail_addresses import needs_smtputf8
from forum.interfaces import translate
from forum.mail import composers
from forum.mail.counts import Fate, count
from forum.mail.failed.failures import note_failure
from forum.mail.failed.reports import severity_of_refusal
from forum.mail.messages import HEADERS, compose
from forum.mail.notification_mail import mail_about, note_mailed
from forum.mail.pace.due import Route, domain_of, drop, due_mail, hold, put_back, route_of
from forum.mail.pace.pacing import Pacing, is_about_domain, pauses
from forum.mail.rules import CLAIM, MAX_ERROR
from forum.models import FailureKind, Mail
from forum.site.queries import snapshot

log = logging.getLogger("forum.mail")

BATCH, BATCH_SECONDS = 50, 20.0  # per run: a slow mail server must not delay the other jobs
RENEW_SECONDS = 20.0
MESSAGE_SECONDS = 120.0  # that a server may take for one message
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
FIRST_WAIT_OF_NEWS = timedelta(minutes=5)  # of messages that are not about an account
JITTER = (0.85, 1.15)  # so that what failed together is not tried together
MAX_ATTEMPTS = 16  # the last two to three days after the first
FINAL = 500  # and above, an answer says that trying again is no use
COMPOSERS = composers.COMPOSERS | {digests.KIND: digests.compose_digest}


class Undeliverable(Exception):
    """No later attempt can succeed."""


def send_mail() -> int:
    """Send due messages; returns how many were sent."""
    run = _Run()
    try:
        while run.goes_on():
            with _transport() as transport:
                run.deliver_next(transport)
                # some servers limit the messages per connection
                while run.goes_on() and transport.is_open():
                    run.deliver_next(transport)
    except smtp.SMTP_ERRORS as error:
        log.warning("cannot reach the mail server: %s", type(error).__name__)
        status_notes.note(status_notes.MAIL_FAILED, smtp.error_text(error))
        _postpone_due(smtp.error_text(error))
    run.hold_back()
    if run.sent:
        status_notes.note(
            status_notes.MAIL_SENT, times=run.sent, ends=(status_notes.MAIL_FAILED, status_notes.MAIL_REFUSED)
        )
    return run.sent


class _Run:
    """A run of the job: what is due, how much of it was sent, and what has to wait."""

    def __init__(self) -> None:
        self._due, self._pacing = deque(due_mail(BATCH)), Pacing()
        self._left, self._end, self.sent = BATCH, time.monotonic() + BATCH_SECONDS, 0

    def goes_on(self) -> bool:
        """Whether there is a message to send now."""
        while self._due and self._pacing.holds(self._due[0]):
            self._due.popleft()
        return bool(self._due) and self._left > 0 and time.monotonic() < self._end

    def deliver_next(self, transport: "Transport") -> None:
        """Deliver the next message."""
        due = self._due.popleft()
        claimed = _take(due.id)
        if claimed is None:
            return
        if found := self._pacing.counts(due):
            with transaction():
                put_back(due.id, *found)
            return
        self._left -= 1
        if _deliver_safely(claimed, transport):
            pauses.here().end(due.domain)
            self.sent += 1

    def hold_back(self) -> None:
        """Store which messages wait."""
        if self._pacing.held:
            with transaction():
                hold(self._pacing.held)


class _Claimed(NamedTuple):
    letter: Mail
    route: Route


def _deliver_safely(claimed: _Claimed, transport: "Transport") -> bool:
    """Like _deliver; a message that cannot be made, whatever the reason, is tried later and delays no other."""
    try:
        return _deliver(claimed, transport)
    except (SQLAlchemyError, *smtp.SMTP_ERRORS):
        raise
    except Exception as error:
        log.exception("message %d could not be made", claimed.letter.id)
        status_notes.note(status_notes.JOB_FAILED, f"send-mail, {type(error).__name__}")
        _try_later(claimed.letter, type(error).__name__)
        return False


def _deliver(claimed: _Claimed, transport: "Transport") -> bool:
    letter = claimed.letter
    try:
        message = _composed(letter)
        if message is None:
            _remove(letter)
            return False
        transport.send(letter, message, sender=claimed.route.sender)
    except (Undeliverable, ValueError, MessageError) as error:
        log.error("message %d cannot be delivered: %s", letter.id, type(error).__name__)
        words = smtp.error_text(error.__cause__ or error)
        status_notes.note(status_notes.MAIL_REFUSED, words)
        _give_up(letter, words, is_refused=isinstance(error, Undeliverable))
        return False
    except smtp.SMTP_ERRORS as error:
        log.warning("message %d was not accepted (attempt %d): %s", letter.id, letter.attempts, type(error).__name__)
        status_notes.note(status_notes.MAIL_FAILED, smtp.error_text(error))
        if is_about_domain(error):
            pauses.here().begin(domain_of(letter.recipient))
        _try_later(letter, smtp.error_text(error))
        if isinstance(error, smtplib.SMTPSenderRefused) and smtp.answer_code(error) < FINAL:
            raise  # it takes nothing from us now: the others wait, too
        return False
    _remove(letter, is_sent=True)
    return True


def _composed(letter: Mail) -> EmailMessage | None:
    """The e-mail for a message, in the forum's language; None if it has nothing to say any more."""
    if not letter.kind:
        return compose(letter)
    try:
        with force_locale(snapshot().language):
            made_by = COMPOSERS.get(letter.kind)
            return made_by(letter) if made_by else mail_about(letter, translate)
    finally:
        session.rollback()


def _take(letter_id: int) -> _Claimed | None:
    """Claim a message for CLAIM; None if another process has it, or its member takes no mail: then it is deleted."""
    now = clock.now()
    with transaction():
        claim = update(Mail).where(Mail.id == letter_id, Mail.try_after <= now)
        claim = claim.values(attempts=Mail.attempts + 1, try_after=now + CLAIM, held_by="")
        if cast("CursorResult[object]", session.execute(claim)).rowcount != 1:
            return None
        letter = session.get_one(Mail, letter_id, populate_existing=True)
        route = route_of(letter)
        if route is None:
            drop(letter_id)
            return None
        session.expunge(letter)
    letter.recipient = route.recipient
    return _Claimed(letter, route)


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
        _give_up(letter, words, is_refused=False)
        return
    first = FIRST_WAIT_OF_NEWS if letter.kind else FIRST_WAIT
    wait = first * 2 ** (letter.attempts - 1) * random.uniform(*JITTER)  # noqa: S311 - no secret
    _store_failure(letter, words, try_after=clock.now() + min(LONGEST_WAIT, wait))


def _give_up(letter: Mail, words: str, *, is_refused: bool) -> None:
    """Keep a message for admins to see; it is not tried again unless one of them asks for it."""
    _store_failure(letter, words, try_after=None)
    with transaction():
        if is_refused:
            count(Fate.REFUSED)
        if letter.kind and letter.member_id is not None:
            kind = severity_of_refusal(words) if is_refused else FailureKind.SOFT
            note_failure(letter.member_id, kind, words)


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
            count(Fate.SENT)
        drop(letter.id)


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

    def send(self, letter: Mail, message: EmailMessage, *, sender: str = "") -> None:
        """Send one message, from a sender or else the forum's; raises Undeliverable or one of smtp.SMTP_ERRORS."""

    def is_open(self) -> bool:
        """Whether another message may be sent."""


class Smtp:
    """A connected mail server."""

    def __init__(self, server: smtp.SmtpConnection) -> None:
        self._server = server

    def send(self, letter: Mail, message: EmailMessage, *, sender: str = "") -> None:
        """Submit a message to the server, keeping its claim."""
        try:
            with _claimed(letter.id, self._server):
                smtp.send(self._server, message, to=letter.recipient, sender=sender)
        except smtp.SMTP_ERRORS as refusal:
            if smtp.is_final(refusal) or (letter.kind and _is_final_answer(refusal)):
                raise Undeliverable from refusal
            raise

    def is_open(self) -> bool:
        """Whether the server answers NOOP."""
        try:
            return self._server.noop()[0] == 250
        except smtp.SMTP_ERRORS:
            return False


def _is_final_answer(refusal: Exception) -> bool:
    """Whether the server has refused a message for good after reading it, such as one that it takes for spam."""
    return isinstance(refusal, smtplib.SMTPDataError) and smtp.answer_code(refusal) >= FINAL


class Outbox:
    """The outbox folder, readable by the operator only."""

    def send(self, letter: Mail, message: EmailMessage, *, sender: str = "") -> None:
        """Write a message to its own .eml file; there is no envelope."""
        folder = current_settings().data / "outbox"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = folder / f"{letter.created_at:%Y%m%d-%H%M%S}-{letter.id}.eml"
        draft = target.with_suffix(f".{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(message.as_bytes(policy=HEADERS.clone(utf8=needs_smtputf8(letter.recipient))))
        Path(draft).replace(target)

    def is_open(self) -> bool:
        """Always true."""
        return True
