"""Failure notices and complaints that come back: whose address they are about, and what follows.

Mail to members is sent with a sender of its own for each member, address and day, which is signed. Who fakes a failure
would have to know it.
"""

import base64
import hashlib
import logging
import re
from email.message import EmailMessage

from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.mail.counts import Fate, count
from forum.mail.failed.failures import note_failure
from forum.mail.failed.reports import Report, read_report, reported_senders
from forum.mail.messages import inbox_address
from forum.mail.tokens import BOUNCE, Signed, read_token, token_for
from forum.models import FailureKind, Member

log = logging.getLogger("forum.mail")

WORD_LIFETIME = 30  # days after which failures are no longer those of this message
_WORD = re.compile(r"\+(b[0-9a-z._-]{20,56})@", re.IGNORECASE)


def envelope_sender(member_id: int, email_key: str) -> str:
    """The address to which failures of a member's mail go; empty if none is read. Call it in a transaction."""
    if not inbox_address(""):
        return ""
    scope = f"{_today()}.{_mark_of(email_key)}"
    return inbox_address(BOUNCE + token_for(member_id, BOUNCE, scope))


def take(word: str, message: EmailMessage) -> bool:
    """Take what came to the mailbox's address with a word; whether it was a failure notice or a complaint.

    Complaints may come without a word, to the address that was given to the mail provider. Call it in a write
    transaction.
    """
    try:
        report = read_report(message)
        senders = " ".join(reported_senders(message)) if report is not None and not word else ""
    except Exception as error:
        log.warning("a message to a sender's address cannot be read: %s", type(error).__name__)
        return False
    if report is None:
        return False
    found = _WORD.search(senders)
    signed = _read(word or (found[1] if found else ""))
    if signed is None:
        return False
    _note(signed, report)
    return True


def _read(word: str) -> Signed | None:
    try:
        return read_token(word.lower().removeprefix(BOUNCE), BOUNCE)
    except NotFound:
        return None


def _note(signed: Signed, report: Report) -> None:
    """Note what failed, if it is the member's present address and not long ago."""
    day, _, mark = signed.scope.partition(".")
    key = session.scalar(select(Member.email_key).where(Member.id == signed.member_id, Member.closed_at.is_(None)))
    is_recent = day.isdigit() and 0 <= _today() - int(day) <= WORD_LIFETIME
    if report.failure is None or not is_recent or key is None or mark != _mark_of(key):
        return
    if note_failure(signed.member_id, report.failure, _without_addresses(report.words)):
        count(Fate.COMPLAINED if report.failure is FailureKind.COMPLAINT else Fate.BOUNCED)


def _without_addresses(words: str) -> str:
    return re.sub(r"\S+@\S+", "…", words)


def _mark_of(email_key: str) -> str:
    """Some letters that tell the addresses that a member has had from each other."""
    return base64.b32encode(hashlib.sha256(email_key.encode()).digest()).decode().lower()[:8]


def _today() -> int:
    return clock.now().date().toordinal()
