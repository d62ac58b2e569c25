"""The only place that knows what time it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


def now() -> datetime:
    """The moment, aware and in UTC."""
    return _standing.get() or datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Hold the clock of this thread of execution at an aware moment: for tests and for seeding."""
    if moment.tzinfo is None:
        raise ValueError("the clock takes aware moments only")
    token = _standing.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _standing.reset(token)
