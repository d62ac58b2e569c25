"""What became of mail, counted by day: what was sent, refused by the server, came back, or was complained of."""

from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import func, select

from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.models import PeriodCount

PERIOD = "mail"  # of PeriodCount; each starts on a day in UTC


class Fate(StrEnum):
    """What became of a message."""

    SENT = "sent"
    REFUSED = "refused"  # for good, by the mail server
    BOUNCED = "bounced"
    COMPLAINED = "complained"


def count(fate: Fate) -> None:
    """Count a message, in the caller's transaction."""
    row = {"period": PERIOD, "start": clock.now().date(), "kind": fate.value, "count": 1}
    increased = insert_into(PeriodCount).on_conflict_do_update(
        index_elements=["period", "start", "kind"], set_={"count": PeriodCount.count + 1}
    )
    session.execute(increased, [row])


def counted_since(first: date) -> dict[Fate, int]:
    """How often each happened from a day on."""
    numbers = select(PeriodCount.kind, func.sum(PeriodCount.count)).where(
        PeriodCount.period == PERIOD, PeriodCount.start >= first
    )
    found = {kind: int(number) for kind, number in session.execute(numbers.group_by(PeriodCount.kind))}
    return {fate: found.get(fate.value, 0) for fate in Fate}


def spans() -> list[tuple[int, dict[Fate, int]]]:
    """The counts of today, of two days, which hold the last 24 hours, of 7 and of 30; each with its days."""
    today = clock.now().date()
    return [(days, counted_since(today - timedelta(days=days - 1))) for days in (1, 2, 7, 30)]
