"""Claims of due jobs: a row per job in the ephemeral store holds when it is due next, and who moves it on runs the job.

The row also says how its last run went. The end of a run is written together with the next claim of the same process,
so that it costs no transaction. Losing the rows makes every job due once, which does no harm: pending work is stored
with the content.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from forum.infra.database.db import ephemeral_transaction

DAY = 86400  # seconds
CLOCK_SECONDS = 60  # a job due later than this after its next slot was claimed before the clock was set back
AT_ONCE = 0.0  # the time when a job is due that somebody has asked for
MAX_FAILURE, MAX_NODE = 200, 60  # characters
_NEW_ROW = (
    "INSERT INTO volatile_job (name, due_at, every, started_at, node, ended_at, seconds, failed_at, failure) "
    "VALUES (:name, :next_at, :every, :now, :node, 0, 0, 0, '') "
    "ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at"
)
_CLAIM = text(
    f"{_NEW_ROW}, every = excluded.every, started_at = excluded.started_at, node = excluded.node "
    "WHERE volatile_job.due_at <= :now OR volatile_job.due_at > :latest"
)
_REQUEST = text(_NEW_ROW)
_REQUESTED = text("SELECT name FROM volatile_job WHERE due_at = :at_once")
_END = text("UPDATE volatile_job SET ended_at = :ended_at, seconds = :seconds WHERE name = :name")
_FAIL = text("UPDATE volatile_job SET failed_at = :ended_at, failure = :failure WHERE name = :name")
_WAITING = text("SELECT count(*) FROM volatile_job WHERE due_at <= :now AND due_at > :forgotten")
_ALL = text("SELECT name, due_at, every, started_at, node, ended_at, seconds, failed_at, failure FROM volatile_job")


@dataclass(frozen=True)
class JobRow:
    """What is known of a job; times are seconds since 1970, 0 for never."""

    name: str
    due_at: float
    every: float
    started_at: float
    node: str
    ended_at: float
    seconds: float
    failed_at: float
    failure: str


@dataclass(frozen=True)
class Run:
    """A finished run of a job; `failure` is the first line of its error, or empty."""

    name: str
    ended_at: float
    seconds: float
    failure: str = ""


@dataclass(frozen=True)
class Claim:
    """Whether the job was claimed, and the names of jobs that somebody has asked for."""

    is_won: bool
    requested: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.is_won


def claim(name: str, every: float, now: float, *, node: str = "", ended: Sequence[Run] = ()) -> Claim:
    """Claim a job in the slot of `now` for this process, and record the runs that have ended in it.

    A slot is as long as the job's interval in seconds.
    """
    next_at = (now // every + 1) * every
    values = {"name": name, "every": every, "now": now, "next_at": next_at, "latest": next_at + CLOCK_SECONDS}
    with ephemeral_transaction() as connection:
        for run in ended:
            connection.execute(_END, {"name": run.name, "ended_at": run.ended_at, "seconds": run.seconds})
            if run.failure:
                failure = {"name": run.name, "ended_at": run.ended_at, "failure": run.failure[:MAX_FAILURE]}
                connection.execute(_FAIL, failure)
        is_won = connection.execute(_CLAIM, values | {"node": node[:MAX_NODE]}).rowcount == 1
        requested = connection.execute(_REQUESTED, {"at_once": AT_ONCE}).scalars()
        return Claim(is_won, frozenset(requested))


def request(name: str) -> None:
    """Make a job due at once; a process notices it with its next claim, within about a second."""
    with ephemeral_transaction() as connection:
        connection.execute(_REQUEST, {"name": name, "next_at": AT_ONCE, "every": 0, "now": 0, "node": ""})


def rows() -> dict[str, JobRow]:
    """All rows by name."""
    with ephemeral_transaction(writing=False) as connection:
        return {row.name: JobRow(*row) for row in connection.execute(_ALL)}


def waiting_count() -> int:
    """How many jobs are due and not claimed; those a day overdue are of another version."""
    now = time.time()
    with ephemeral_transaction(writing=False) as connection:
        return int(connection.execute(_WAITING, {"now": now, "forgotten": now - DAY}).scalar_one())
