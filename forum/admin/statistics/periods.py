"""Days, weeks and months in UTC."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum


class Period(StrEnum):
    """A length of time; each of its periods is known by its first day."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def start_of(self, day: date) -> date:
        """The first day of the period that contains a day; weeks begin on Monday."""
        if self is Period.WEEK:
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self is Period.MONTH else day

    def next_start(self, start: date) -> date:
        """The first day of the period after the one that begins on `start`."""
        if self is Period.MONTH:
            return (start + timedelta(days=31)).replace(day=1)
        return start + timedelta(days=7 if self is Period.WEEK else 1)

    def starts(self, first: date, last: date) -> Iterator[date]:
        """The first days of the periods from the one with `first` to the one with `last`."""
        start = self.start_of(first)
        while start <= last:
            yield start
            start = self.next_start(start)


def midnight(day: date) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(day, datetime.min.time(), UTC)
