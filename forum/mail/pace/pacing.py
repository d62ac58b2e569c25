"""Lets messages of notifications wait in one run: for a limit that is used up, and for a domain that takes none now."""

import re
import smtplib
from collections import Counter
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache

from forum.infra import clock, smtp
from forum.infra.database.per_app import PerApp
from forum.mail.pace.due import Due
from forum.mail.pace.limits import Used, consume, count_account_mail, limits_of
from forum.models import Hold

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=1)
MAX_DOMAINS = 10_000  # whose pauses a process remembers
# what is about one mailbox, and a server that makes senders wait on purpose (greylisting), say nothing of the others
_ABOUT_ONE = re.compile(r"gr[ae]y.?list|\b4\.2\.\d|mailbox (is )?(full|busy)|over ?quota", re.IGNORECASE)


class _Pause(NamedTuple):
    until: datetime
    in_a_row: int


class Pauses:
    """For how long a process keeps messages from domains that refused one for the moment; others find out by trying."""

    def __init__(self) -> None:
        self._pauses: LRUCache[str, _Pause] = LRUCache(MAX_DOMAINS)
        self._lock = Lock()

    def until(self, domain: str) -> datetime | None:
        """When the pause of a domain ends; None if it has none."""
        with self._lock:
            pause = self._pauses.get(domain)
        return pause.until if pause is not None and pause.until > clock.now() else None

    def begin(self, domain: str) -> None:
        """Begin a pause, a longer one after each refusal."""
        with self._lock:
            before = self._pauses.get(domain)
            number = before.in_a_row + 1 if before else 1
            length = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(number - 1, 10))
            self._pauses[domain] = _Pause(clock.now() + length, number)

    def end(self, domain: str) -> None:
        """End it: the domain has taken a message."""
        with self._lock:
            self._pauses.pop(domain, None)


pauses = PerApp(lambda _: Pauses())


def is_about_domain(error: Exception) -> bool:
    """Whether a mail server refuses all messages to a domain for the moment, as far as its answer says so."""
    code = smtp.answer_code(error)
    is_of_recipient = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return is_of_recipient and 400 <= code < 500 and not _ABOUT_ONE.search(smtp.error_text(error))


class Pacing:
    """What one run has found out."""

    def __init__(self) -> None:
        self._used: dict[str, Used] = {}
        self._waiting: Counter[str] = Counter()
        self.held: list[tuple[int, datetime, Hold]] = []

    def holds(self, mail: Due) -> bool:
        """Whether a message has to wait for what is known; it is in `held` then."""
        found = self._hold_of(mail)
        if found is not None:
            self.held.append((mail.id, *found))
        return found is not None

    def counts(self, mail: Due) -> tuple[datetime, Hold] | None:
        """Count a claimed message under its limits; until when and why it has to wait, if it has to."""
        if mail.member_id is None:
            count_account_mail(mail.domain)
            return None
        used = consume(limits_of(mail.member_id, mail.domain))
        if used is None:
            return None
        self._used[used.limit.key] = used
        return self._hold_of(mail)

    def _hold_of(self, mail: Due) -> tuple[datetime, Hold] | None:
        if mail.member_id is None:
            return None
        for limit in limits_of(mail.member_id, mail.domain):
            if limit.key in self._used:
                self._waiting[limit.key] += 1
                return clock.now() + self._used[limit.key].after(self._waiting[limit.key] - 1), Hold.LIMIT
        until = pauses.here().until(mail.domain)
        return None if until is None else (until, Hold.DOMAIN)
