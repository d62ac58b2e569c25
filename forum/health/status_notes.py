"""What processes tell each other of how jobs and mail are, on whichever node: rows in the ephemeral store.

Best-effort: where the store is away or was replaced a note is missing, and nothing fails for it.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from forum.infra import clock
from forum.infra.db import ephemeral_transaction

JOBS, JOB_FAILED = "jobs", "job failed"
MAIL_SENT, MAIL_FAILED, MAIL_REFUSED = "mail sent", "mail failed", "mail refused"
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
    """When something happened last, how often in all and since it last went well, and what was said."""

    at: datetime
    total: int
    in_a_row: int
    words: str

    @property
    def age(self) -> float:
        """Seconds since then; a clock that was put back since makes it seem long ago rather than to come."""
        return abs((clock.now() - self.at).total_seconds())


def note(name: str, words: str = "", *, times: int = 1, ends: tuple[str, ...] = ()) -> None:
    """Note that something happened, and that rows of what `ends` names end with it."""
    values = {"name": name, "now": clock.now().timestamp(), "times": times, "words": words[:MAX_WORDS]}
    with suppress(SQLAlchemyError), ephemeral_transaction() as connection:
        connection.execute(_NOTE, values)
        for other in ends:
            connection.execute(_END_ROW, {"name": other})


def notes() -> dict[str, Note]:
    """All that is noted; nothing where the store is away."""
    with suppress(SQLAlchemyError), ephemeral_transaction(writing=False) as connection:
        rows = connection.execute(_ALL).all()
        return {row.name: Note(datetime.fromtimestamp(row.noted_at, UTC), *row[2:]) for row in rows}
    return {}
