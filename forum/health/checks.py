"""The checks behind /health/ready and `forum doctor`: each is one line that an operator understands."""

import shutil
import time
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from forum.health import write_probe
from forum.health.status_notes import JOB_FAILED, JOBS, MAIL_FAILED, MAIL_REFUSED, MAIL_SENT, Note, notes
from forum.infra.db import current_settings, session
from forum.infra.ephemeral_store import PerApp
from forum.infra.outage_log import first_line
from forum.infra.settings import Settings
from forum.models import Mail

SILENT_SECONDS = 60.0  # without a sign of life of the jobs, which give one every ten
LOW_DISK_BYTES = 200 * 2**20
REFUSED_IN_A_ROW = 3  # messages for different mailboxes: it is hardly the mailboxes
DAY = 86_400.0


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Check:
    """What was looked at and what was found; `detail` is for the operator alone: it can name hosts and paths."""

    name: str
    level: Level
    words: str
    detail: str = ""

    def __str__(self) -> str:
        said = "; ".join(filter(None, (self.words, self.detail)))
        return f"{self.name}: {self.level}" + (f", {said}" if said else "")


def readiness() -> list[Check]:
    """Whether this process can do its work; what comes after a fault of the database is not asked."""
    read = database_read()
    return [read] if read.level is Level.FAULT else [read, database_write(), jobs(), mail(), disk()]


def database_read() -> Check:
    """Whether the database answers."""
    kind = "SQLite" if current_settings().is_sqlite else "PostgreSQL"
    try:
        session.execute(text("SELECT 1 FROM member LIMIT 1"))
    except SQLAlchemyError as error:
        return Check("database read", Level.FAULT, "it does not answer", first_line(error))
    finally:
        session.rollback()
    return Check("database read", Level.OK, kind)


def database_write() -> Check:
    """Whether the database can be written, by this process."""
    fault = write_probe.fault()
    if fault:
        return Check("database write", Level.FAULT, "it cannot be written", fault)
    return Check("database write", Level.OK, "")


class _Silence:
    """Since when a process has found no sign of life of the jobs at all: after the ephemeral store was made anew."""

    def __init__(self, _: Settings) -> None:
        self.since: float | None = None


_silence = PerApp(_Silence)


def jobs() -> Check:
    """Whether jobs are carried out, here or on another node."""
    found = notes()
    sign, failed, here = found.get(JOBS), found.get(JOB_FAILED), _silence.here()
    here.since = None if sign else here.since or time.monotonic()
    silent = sign.age if sign else time.monotonic() - (here.since or 0)
    words = f"last sign of life {_ago(silent)}" if sign else f"no sign of life for {silent:.0f} s"
    if silent > SILENT_SECONDS:
        return Check("jobs", Level.FAULT, words, "does `forum serve` or `forum worker` run?")
    if failed and failed.age < DAY:
        said = f"{failed.total} failed, the last one {_ago(failed.age)}: {failed.words}"
        return Check("jobs", Level.WARNING, words, said)
    return Check("jobs", Level.OK, words)


def mail() -> Check:
    """Whether mail leaves."""
    if not current_settings().mail_url:
        return Check("mail", Level.OK, "not set up (FORUM_MAIL_URL); it is kept in FORUM_DATA/outbox")
    found = notes()
    sent, trouble = found.get(MAIL_SENT), mail_trouble(found)
    words = f"last sent {_ago(sent.age)}" if sent else "none sent yet"
    if trouble is not None:
        return Check("mail", Level.WARNING, f"last failure {_ago(trouble.age)}, {words}", trouble.words)
    return Check("mail", Level.OK, words)


def mail_trouble(found: dict[str, Note]) -> Note | None:
    """The last failure, if mail does not leave: nothing was sent since.

    One mailbox that refuses a message is no trouble: people mistype their address.
    """
    failed, refused = found.get(MAIL_FAILED), found.get(MAIL_REFUSED)
    if failed and failed.in_a_row and failed.age < DAY:
        return failed
    return refused if refused and refused.in_a_row >= REFUSED_IN_A_ROW and refused.age < DAY else None


def mail_waiting() -> int:
    """How many messages wait to be sent."""
    waiting = session.scalar(select(func.count()).select_from(Mail)) or 0
    session.rollback()
    return waiting


def disk() -> Check:
    """How much room there is for the data folder."""
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
