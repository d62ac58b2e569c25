"""What the clock does for mail: letters go out by SMTP, or into the outbox where no mail server is set up.

A letter is taken for a while before it is sent and deleted after, so two who run this send it once;
who is killed in between leaves it to be sent again, with the same Message-ID.
"""

import logging
import os
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from sqlalchemy import CursorResult, delete, select, update

from forum.base import clock
from forum.base.db import deployed, session, transaction
from forum.base.text import one_line
from forum.models import Mail
from forum.site.queries import snapshot

log = logging.getLogger("forum.mail")
Send = Callable[[Mail, EmailMessage], None]

BATCH = 50
TAKEN_FOR = timedelta(minutes=10)  # longer than a server may take over a batch's letter
PATIENCE_SECONDS = 20
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
MAX_ATTEMPTS = 16  # the last one about two days after the first


class Undeliverable(Exception):
    """No later attempt can succeed."""


def send_mail() -> int:
    """Send the letters that are due; the answer is how many went out."""
    due = _due()
    if not due:
        return 0
    sent = 0
    try:
        with _way_out() as send:
            for letter_id in due:
                sent += _deliver(letter_id, send)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail server not reached: %s", type(error).__name__)
        _put_off(due)
    return sent


def _due() -> list[int]:
    statement = select(Mail.id).where(Mail.try_after <= clock.now()).order_by(Mail.id).limit(BATCH)
    found = list(session.scalars(statement))
    session.rollback()
    return found


def _deliver(letter_id: int, send: Send) -> bool:
    letter = _take(letter_id)
    if letter is None:
        return False
    try:
        send(letter, compose(letter))
    except (Undeliverable, ValueError, MessageError) as error:
        log.error("letter %d cannot be delivered: %s", letter.id, type(error).__name__)
        _remove(letter)
        return False
    except (OSError, smtplib.SMTPException) as error:
        log.warning("letter %d was not taken (attempt %d): %s", letter.id, letter.attempts, type(error).__name__)
        _try_later(letter)
        return False
    _remove(letter)
    return True


def _take(letter_id: int) -> Mail | None:
    """Claim a letter for a while; None if somebody else has it."""
    now = clock.now()
    with transaction():
        claim = update(Mail).where(Mail.id == letter_id, Mail.try_after <= now)
        claim = claim.values(attempts=Mail.attempts + 1, try_after=now + TAKEN_FOR)
        if cast("CursorResult[object]", session.execute(claim)).rowcount != 1:
            return None
        letter = session.get_one(Mail, letter_id, populate_existing=True)
        session.expunge(letter)
    return letter


def _try_later(letter: Mail) -> None:
    if letter.attempts >= MAX_ATTEMPTS:
        log.error("letter %d is given up after %d attempts", letter.id, letter.attempts)
        _remove(letter)
        return
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (letter.attempts - 1))
    with transaction():
        session.execute(update(Mail).where(Mail.id == letter.id).values(try_after=clock.now() + wait))


def _put_off(due: list[int]) -> None:
    """The server is away: that is no letter's fault, so none loses an attempt."""
    with transaction():
        later = update(Mail).where(Mail.id.in_(due), Mail.try_after <= clock.now())
        session.execute(later.values(try_after=clock.now() + FIRST_WAIT))


def _remove(letter: Mail) -> None:
    with transaction():
        session.execute(delete(Mail).where(Mail.id == letter.id))


def compose(letter: Mail) -> EmailMessage:
    """A letter as it travels; raises ValueError where a text would become a second header or recipient."""
    sender = deployed().mail_from or f"forum@{_host()}"
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=one_line(snapshot().name), addr_spec=sender)
    message["To"] = Address(addr_spec=letter.recipient)
    message["Subject"] = letter.subject
    message["Date"] = letter.created_at
    message["Message-ID"] = f"<letter-{letter.id}-{int(letter.created_at.timestamp())}@{_host()}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body, cte="quoted-printable")
    return message


def _host() -> str:
    return urlsplit(deployed().base_url).hostname or "localhost"


@contextmanager
def _way_out() -> Iterator[Send]:
    """How letters leave: one connection for all, or the outbox."""
    if not deployed().mail_url:
        yield _keep
        return
    with _connection(deployed().mail_url) as server:
        yield lambda letter, message: _post(server, letter, message)


def _connection(url: str) -> smtplib.SMTP:
    """A connection to smtp://user:password@host:port, encrypted where the server can, or always to smtps://."""
    parts, context = urlsplit(url), ssl.create_default_context()
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=PATIENCE_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=PATIENCE_SECONDS)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


def _post(server: smtplib.SMTP, letter: Mail, message: EmailMessage) -> None:
    try:
        server.send_message(message, to_addrs=[letter.recipient])
    except smtplib.SMTPRecipientsRefused as refusal:
        if all(code >= 500 for code, _ in refusal.recipients.values()):
            raise Undeliverable from refusal
        raise


def _keep(letter: Mail, message: EmailMessage) -> None:
    """Write a letter into the outbox, where only the operator reads it."""
    folder = deployed().data / "outbox"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{letter.created_at:%Y%m%d-%H%M%S}-{letter.id}.eml"
    draft = target.with_suffix(f".{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(message.as_bytes())
    Path(draft).replace(target)
