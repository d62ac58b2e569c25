"""Job and mail status shared by all processes and nodes, as rows in the ephemeral store.

Best-effort: if the store is unavailable or was recreated, notes are missing and nothing fails.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from forum.infra import clock
from forum.infra.database.db import ephemeral_transaction

JOBS, JOB_FAILED = "jobs", "job failed"
MAIL_SENT, MAIL_FAILED, MAIL_REFUSED = "mail sent", "mail failed", "mail refused"
MAILBOX_READ, MAILBOX_FAILED = "mailbox read", "mailbox failed"
_REQUESTED = "requested: "  # and the name of a job
MAX_WORDS = 200
_NOTE = text(
    "INSERT INTO volatile_health (name, noted_at, total, in_a_row, words) VALUES (:name, :now, :times, :times, :words) "
    "ON CONFLICT (name) DO UPDATE SET noted_at = excluded.noted_at, words = excluded.words, "
    "total = volatile_health.total + excluded.total, in_a_row = volatile_health.in_a_row + excluded.total"
)
_END_ROW = text("UPDATE volatile_health SET in_a_row = 0 WHERE name = :name AND in_a_row > 0")
_ALL = text("SELECT name, noted_at, total, in_a_row, words FROM volatile_health")


@dataclass(frozen=True)
class Note:
    """When an event happened last, how often in total and since the last success, and its message."""

    at: datetime
    total: int
    in_a_row: int
    words: str

    @property
    def age(self) -> float:
        """Seconds since the event; absolute, so that a clock set back never gives a negative age."""
        return abs((clock.now() - self.at).total_seconds())


def note(name: str, words: str = "", *, times: int = 1, ends: tuple[str, ...] = ()) -> None:
    """Record that an event happened `times` times; it resets `in_a_row` of the events in `ends`."""
    values = {"name": name, "now": clock.now().timestamp(), "times": times, "words": words[:MAX_WORDS]}
    with suppress(SQLAlchemyError, OSError), ephemeral_transaction() as connection:
        connection.execute(_NOTE, values)
        for other in ends:
            connection.execute(_END_ROW, {"name": other})


def note_request(job: str) -> None:
    """Record that somebody has asked for a run of a job."""
    note(_REQUESTED + job)


def times_requested(job: str) -> int:
    """How often somebody has asked for a run of a job."""
    found = notes().get(_REQUESTED + job)
    return found.total if found else 0


def notes() -> dict[str, Note]:
    """All notes by name; empty if the store is unavailable."""
    with suppress(SQLAlchemyError), ephemeral_transaction(writing=False) as connection:
        rows = connection.execute(_ALL).all()
        return {row.name: Note(datetime.fromtimestamp(row.noted_at, UTC), *row[2:]) for row in rows}
    return {}
