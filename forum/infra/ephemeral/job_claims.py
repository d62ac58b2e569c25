"""Claims of due jobs: a row per job in the ephemeral store holds when it is due next, and who moves it on runs the job.

Losing the rows makes every job due once, which does no harm: pending work is stored with the content.
"""

import time

from sqlalchemy import text

from forum.infra.database.db import ephemeral_transaction

DAY = 86400  # seconds
CLOCK_SECONDS = 60  # a job due later than this after its next slot was claimed before the clock was set back
_CLAIM = text(
    "INSERT INTO volatile_job (name, due_at) VALUES (:name, :next_at) "
    "ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at "
    "WHERE volatile_job.due_at <= :now OR volatile_job.due_at > :latest"
)
_WAITING = text("SELECT count(*) FROM volatile_job WHERE due_at <= :now AND due_at > :forgotten")


def claim(name: str, every: float, now: float) -> bool:
    """Whether this process runs the job in the slot of `now`; a slot is as long as the job's interval in seconds."""
    next_at = (now // every + 1) * every
    values = {"name": name, "now": now, "next_at": next_at, "latest": next_at + CLOCK_SECONDS}
    with ephemeral_transaction() as connection:
        return connection.execute(_CLAIM, values).rowcount == 1


def waiting_count() -> int:
    """How many jobs are due and not claimed; those a day overdue are of another version."""
    now = time.time()
    with ephemeral_transaction(writing=False) as connection:
        return int(connection.execute(_WAITING, {"now": now, "forgotten": now - DAY}).scalar_one())
