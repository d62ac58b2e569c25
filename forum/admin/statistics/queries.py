"""The counts of a range of days, by day, week or month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from forum.admin.rules import Administrator, authorize
from forum.admin.statistics.counting import KINDS
from forum.admin.statistics.periods import Period
from forum.infra import clock
from forum.infra.database.db import session
from forum.models import PeriodCount, Right

MAX_PERIODS = 400  # in one answer: a year of days, seven years of weeks, 33 years of months
EARLIEST = date(1900, 1, 1)  # no range ends before it
MAX_RANGE = timedelta(days=MAX_PERIODS * 30)
DAYS_SHOWN = 90  # unless another range is asked for


@dataclass(frozen=True)
class Counts:
    """The counts of each kind, one for each start; the periods that are not counted yet have None."""

    period: Period
    starts: Sequence[date]
    by_kind: Mapping[str, Sequence[int | None]]
    counted_until: date | None  # the newest period of this length that is counted


def counts_of(actor: Administrator, first: date, last: date, period: Period) -> Counts:
    """What happened from `first` to `last`; by weeks or months if there would be more than MAX_PERIODS.

    The range ends today at the latest and on EARLIEST at the earliest; of more than MAX_PERIODS months the last are
    given.
    """
    authorize(actor, Right.SEE_STATISTICS)
    last = max(min(last, clock.now().date()), EARLIEST)
    first = min(last, max(first, last - MAX_RANGE))
    order = list(Period)
    longer = order[order.index(period) :]
    chosen = next((each for each in longer if len(list(each.starts(first, last))) <= MAX_PERIODS), Period.MONTH)
    starts = list(chosen.starts(first, last))
    rows = session.execute(
        select(PeriodCount.start, PeriodCount.kind, PeriodCount.count.label("number")).where(
            PeriodCount.period == chosen, PeriodCount.start.between(starts[0], starts[-1])
        )
    )
    found = {(row.start, row.kind): row.number for row in rows}
    newest = session.scalar(select(func.max(PeriodCount.start)).where(PeriodCount.period == chosen))
    by_kind = {kind: [found.get((start, kind)) for start in starts] for kind in KINDS}
    return Counts(chosen, starts, by_kind, newest)


def days_before(last: date) -> date:
    """The first of the DAYS_SHOWN days that end with `last`."""
    return last - timedelta(days=DAYS_SHOWN - 1)
