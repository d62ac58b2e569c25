"""The only place that knows what time it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

TICK = timedelta(microseconds=1)
MAX_AHEAD = timedelta(days=1)

_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


def now() -> datetime:
    """The moment, aware and in UTC."""
    return _standing.get() or datetime.now(UTC)


def not_before(*moments: datetime | None) -> datetime:
    """The moment of what comes after others: now, or just after the latest of them where the clock is behind.

    A clock can be put back, and two nodes' clocks differ; so the order in which things were written and their times
    agree. What is more than MAX_AHEAD in the future was a mistake, which is not carried on.
    """
    present = now()
    ahead = [moment for moment in moments if moment is not None and present < moment < present + MAX_AHEAD]
    return max(ahead) + TICK if ahead else present


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Hold the clock of this thread of execution at an aware moment: for tests and for seeding."""
    if moment.tzinfo is None:
        raise ValueError("the clock takes aware moments only")
    token = _standing.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _standing.reset(token)
