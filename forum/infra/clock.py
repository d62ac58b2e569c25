"""The only source of the current time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

TICK = timedelta(microseconds=1)
MAX_AHEAD = timedelta(days=1)
LAST_DAY = datetime(9999, 12, 31, tzinfo=UTC)

_frozen_at: ContextVar[datetime | None] = ContextVar("standing", default=None)


def end_of(day: datetime) -> datetime:
    """The end of a day that is given by its beginning; of the last day there is, its beginning."""
    return day + timedelta(days=1) if day < LAST_DAY else day


def now() -> datetime:
    """The current time, timezone-aware and in UTC."""
    return _frozen_at.get() or datetime.now(UTC)


def not_before(*moments: datetime | None) -> datetime:
    """The current time or, if the clock is behind one of these times, one TICK after the latest of them.

    Clocks can be set back and differ between nodes; this keeps timestamps in the order of the writes. Times more than
    MAX_AHEAD in the future are errors and are ignored.
    """
    current = now()
    ahead = [moment for moment in moments if moment is not None and current < moment < current + MAX_AHEAD]
    return max(ahead) + TICK if ahead else current


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Freeze the clock of the current context at a timezone-aware time: for tests and seeding."""
    if moment.tzinfo is None:
        raise ValueError("the clock takes aware datetimes only")
    token = _frozen_at.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen_at.reset(token)
