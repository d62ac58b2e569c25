"""PostgreSQL timeouts of this process: for web requests, jobs or commands."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Timeouts:
    """Timeouts in seconds; 0 means none.

    `connect` is for connecting; `statement` for a statement, enforced by the server; `answer` for its response,
    enforced by the client and slightly longer; `idle` for an idle transaction, whose locks others wait for.
    """

    connect: int
    statement: int
    answer: int
    idle: int


# A statement may take as long as the wait for SQLite's write lock (BUSY_TIMEOUT_MS); between statements, a request's
# transaction waits only for the CPU.
WEB = Timeouts(connect=3, statement=5, answer=6, idle=30)
JOBS = Timeouts(connect=5, statement=60, answer=65, idle=60)  # short steps, but on a busy machine
COMMANDS = Timeouts(connect=10, statement=0, answer=0, idle=0)  # migrations, imports and rebuilds take long


class _Current:
    timeouts: ClassVar[Timeouts] = WEB  # the shortest, as the safe default


def current_timeouts() -> Timeouts:
    """The timeouts for new connections of this process."""
    return _Current.timeouts


def use_timeouts(timeouts: Timeouts) -> None:
    """Set the timeouts for new connections; existing connections keep theirs."""
    _Current.timeouts = timeouts
