"""Show the state of the recurring jobs and the length of their queues, and ask for a run at once."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, select

from forum.admin.jobs.descriptions import DESCRIPTIONS, Description, description_of
from forum.admin.rules import Administrator, authorize
from forum.audit_log import record
from forum.health import status_notes
from forum.infra.database.db import Model, session
from forum.infra.ephemeral import job_claims
from forum.infra.ephemeral.job_claims import JobRow
from forum.infra.errors import NotFound
from forum.infra.text.messages import Message, say
from forum.models import DeleteBackfill, Mail, Post, Right
from forum.search.index import reply_terms

RUNNING_SECONDS = 3.0  # after which a run whose end is not known counts as running


@dataclass(frozen=True)
class JobStatus:
    """A job with its description, and what is known of its runs; None for what never happened."""

    name: str
    described: Description
    row: JobRow | None

    @property
    def last_run_at(self) -> datetime | None:
        """When it was started last."""
        return _moment(self.row.started_at) if self.row else None

    @property
    def seconds(self) -> float | None:
        """How long its last finished run took."""
        return self.row.seconds if self.row and self.row.ended_at else None

    @property
    def next_in(self) -> float | None:
        """Seconds until its next run."""
        return max(self.row.due_at - time.time(), 0.0) if self.row else None

    @property
    def is_requested(self) -> bool:
        """Whether somebody has asked for a run that has not begun yet."""
        return bool(self.row and self.row.due_at == job_claims.AT_ONCE)

    @property
    def is_running(self) -> bool:
        """Whether it runs now; a run of less than RUNNING_SECONDS is not shown."""
        row = self.row
        return bool(row and row.started_at > row.ended_at and time.time() - row.started_at > RUNNING_SECONDS)

    @property
    def failed_at(self) -> datetime | None:
        """When it failed last."""
        return _moment(self.row.failed_at) if self.row else None


def _moment(timestamp: float) -> datetime | None:
    return datetime.fromtimestamp(timestamp, UTC) if timestamp else None


def job_statuses() -> list[JobStatus]:
    """All jobs in the order of their descriptions, then others that have run."""
    rows = job_claims.rows()
    names = [*DESCRIPTIONS, *sorted(set(rows) - set(DESCRIPTIONS))]
    return [JobStatus(name, description_of(name), rows.get(name)) for name in names]


def run_now(actor: Administrator, name: str) -> None:
    """Ask for a run at once: the next free job process takes it. Twice is the same as once. Raises NotFound."""
    admin = authorize(actor, Right.RUN_JOBS)
    if name not in DESCRIPTIONS and name not in job_claims.rows():
        raise NotFound
    status_notes.note_request(name)
    job_claims.request(name)
    record("run-job", actor=admin, target=f"job:{name}")


def queues() -> list[tuple[Message, int]]:
    """How much waits for jobs."""
    replies = (Post.id > reply_terms.last_indexed(), Post.position > 1)
    return [
        (say("E-mails waiting"), _count(Mail, Mail.try_after.is_not(None))),
        (say("of these failed before"), _count(Mail, Mail.try_after.is_not(None), Mail.attempts > 0)),
        (say("Replies not yet in the suggestions of search"), _count(Post, *replies)),
        (say("Threads being deleted or restored"), _count(DeleteBackfill)),
    ]


def _count(model: type[Model], *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0
