"""The checks behind /health/ready and `forum doctor`, each reported as one line."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from forum.health import write_probe
from forum.health.status_notes import (
    JOB_FAILED,
    JOBS,
    MAIL_FAILED,
    MAIL_REFUSED,
    MAIL_SENT,
    MAILBOX_FAILED,
    MAILBOX_READ,
    Note,
    notes,
)
from forum.infra import clock
from forum.infra.database.db import current_settings, session
from forum.infra.database.per_app import PerApp
from forum.infra.ephemeral.outage_log import first_line
from forum.infra.settings import Settings
from forum.models import Mail, PeriodCount

SILENT_SECONDS = 60.0  # without a heartbeat of the jobs, which send one every ten seconds
LOW_DISK_BYTES = 200 * 2**20
REFUSED_IN_A_ROW = 3  # messages to different mailboxes: then the cause is hardly the mailboxes
DAY = 86_400.0
MAIL_PERIOD, MAIL_FATES_OF_FAILURE = "mail", ("refused", "bounced", "complained")  # as mail/counts.py counts them
MANY_MESSAGES, MOST_FAILED = 100, 0.05  # in a day


class Level(StrEnum):
    """The severity of a result."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Check:
    """The result of a check; `detail` is for the operator only, as it can name hosts and paths."""

    name: str
    level: Level
    words: str
    detail: str = ""

    def __str__(self) -> str:
        text = "; ".join(filter(None, (self.words, self.detail)))
        return f"{self.name}: {self.level}" + (f", {text}" if text else "")


def readiness() -> list[Check]:
    """The checks that decide whether this process is ready; if the database cannot be read, only that one."""
    read = database_read()
    return [read] if read.level is Level.FAULT else [read, database_write(), jobs(), mail(), *inbox(), disk()]


def database_read() -> Check:
    """Whether the database answers."""
    kind = "SQLite" if current_settings().is_sqlite else "PostgreSQL"
    try:
        session.execute(text("SELECT 1 FROM member LIMIT 1"))
    except SQLAlchemyError as error:
        return Check("database read", Level.FAULT, "it does not respond", first_line(error))
    finally:
        session.rollback()
    return Check("database read", Level.OK, kind)


def database_write() -> Check:
    """Whether this process can write to the database."""
    fault = write_probe.fault()
    if fault:
        return Check("database write", Level.FAULT, "it is not writable", fault)
    return Check("database write", Level.OK, "")


class _Silence:
    """Since when this process has found no job status at all, as after the ephemeral store was recreated."""

    def __init__(self, _: Settings) -> None:
        self.since: float | None = None


_silence = PerApp(_Silence)


def jobs() -> Check:
    """Whether jobs run, on this node or another."""
    noted = notes()
    last, failed, here = noted.get(JOBS), noted.get(JOB_FAILED), _silence.here()
    here.since = None if last else here.since or time.monotonic()
    silent = last.age if last else time.monotonic() - (here.since or 0)
    words = f"last heartbeat {_ago(silent)}" if last else f"no heartbeat for {silent:.0f} s"
    if silent > SILENT_SECONDS:
        return Check("jobs", Level.FAULT, words, "is `forum serve` or `forum worker` running?")
    if failed and failed.age < DAY:
        detail = f"{failed.total} failed, the last {_ago(failed.age)}: {failed.words}"
        return Check("jobs", Level.WARNING, words, detail)
    return Check("jobs", Level.OK, words)


def mail() -> Check:
    """Whether mail is being sent."""
    if not current_settings().mail_url:
        return Check("mail", Level.OK, "FORUM_MAIL_URL is not set: mail is kept in FORUM_DATA/outbox")
    noted = notes()
    sent, trouble = noted.get(MAIL_SENT), mail_trouble(noted)
    words = f"last sent {_ago(sent.age)}" if sent else "none sent yet"
    if trouble is not None:
        return Check("mail", Level.WARNING, f"last failure {_ago(trouble.age)}, {words}", trouble.words)
    return Check("mail", Level.OK, words)


def mail_trouble(noted: dict[str, Note]) -> Note | None:
    """The last failure, if no mail was sent since.

    A single mailbox that rejects a message does not count: people mistype their address.
    """
    failed, refused = noted.get(MAIL_FAILED), noted.get(MAIL_REFUSED)
    if failed and failed.in_a_row and failed.age < DAY:
        return failed
    return refused if refused and refused.in_a_row >= REFUSED_IN_A_ROW and refused.age < DAY else None


def inbox() -> list[Check]:
    """Whether the mailbox for answers is being read, if there is one."""
    if not current_settings().inbox_url:
        return []
    noted = notes()
    read, failed = noted.get(MAILBOX_READ), noted.get(MAILBOX_FAILED)
    words = f"last read {_ago(read.age)}" if read else "not read yet"
    if failed and failed.in_a_row and failed.age < DAY:
        return [Check("inbox", Level.WARNING, f"last failure {_ago(failed.age)}, {words}", failed.words)]
    return [Check("inbox", Level.OK, words)]


def mail_waiting() -> int:
    """How many messages wait to be sent; those that were given up do not."""
    waiting = session.scalar(select(func.count()).where(Mail.try_after.is_not(None))) or 0
    session.rollback()
    return waiting


def failed_mail() -> Iterator[Check]:
    """Whether much of a day's mail fails: of today's, or of yesterday's, which is complete."""
    today = clock.now().date()
    for day in (today, today - timedelta(days=1)):
        rows = select(PeriodCount.kind, PeriodCount.count.label("count_")).where(
            PeriodCount.period == MAIL_PERIOD, PeriodCount.start == day
        )
        counts = {row.kind: row.count_ for row in session.execute(rows)}
        session.rollback()
        failed = sum(counts.get(kind, 0) for kind in MAIL_FATES_OF_FAILURE)
        tried = counts.get("sent", 0) + counts.get("refused", 0)
        if tried >= MANY_MESSAGES and failed > tried * MOST_FAILED:
            words = f"{failed:,} of {tried:,} messages of {day} were refused, came back or were marked as spam"
            yield Check("mail failures", Level.WARNING, words, "see /admin/mail/stopped")
            return


def disk() -> Check:
    """How much disk space the data folder has left."""
    try:
        free = shutil.disk_usage(current_settings().data).free
    except OSError as error:
        return Check("disk", Level.FAULT, f"{current_settings().data}: {error.strerror}")
    words = f"{free / 2**30:.1f} GiB free at {current_settings().data}"
    return Check("disk", Level.WARNING if free < LOW_DISK_BYTES else Level.OK, words)


def _ago(seconds: float) -> str:
    for size, unit in ((DAY, "day"), (3600.0, "hour"), (60.0, "minute")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}{'s' if round(seconds / size) != 1 else ''} ago"
    return f"{seconds:.0f} s ago"
