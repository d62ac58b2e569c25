"""How long this process waits for PostgreSQL, by what it does: answers people, carries out jobs, or a command."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Timeouts:
    """Seconds; 0 is for ever.

    For a connection; for a statement, by the server's clock and, a little longer, by ours; and for a transaction in
    which nothing happens, whose locks others wait for.
    """

    connect: int
    statement: int
    answer: int
    idle: int


# Nobody waits longer for a page than they wait for SQLite's lock (BUSY_TIMEOUT_MS); a request's transaction waits for
# nothing but the processor.
WEB = Timeouts(connect=3, statement=5, answer=6, idle=30)
JOBS = Timeouts(connect=5, statement=60, answer=65, idle=60)  # in short steps, on a machine that others keep busy
COMMANDS = Timeouts(connect=10, statement=0, answer=0, idle=0)  # migrations, imports and rebuilds take their time


class _Chosen:
    waits: ClassVar[Timeouts] = WEB  # the shortest: who forgets to choose hangs least


def current_timeouts() -> Timeouts:
    """How long connections wait that this process makes now."""
    return _Chosen.waits


def use_timeouts(waits: Timeouts) -> None:
    """Choose how long connections wait that this process makes from now on; those it has go on as they are."""
    _Chosen.waits = waits
