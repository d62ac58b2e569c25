"""The job that counts what happened in each day, week and month.

A period's row is counted anew until the next one has a row, which it gets once the period is over. So the job can be
killed at any time, may run twice, counts an old forum in slices from its first day on, and leaves exact counts behind.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select

from forum.admin.rules import Administrator, authorize
from forum.admin.statistics.periods import Period, midnight
from forum.audit_log import record
from forum.health import status_notes
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session, transaction
from forum.models import Member, PeriodCount, Post, Reaction, Thread
from forum.models.members.member import is_public
from forum.site import actions as site

JOB = "count-periods"
KINDS = ("members", "threads", "posts", "posters", "reactions")
GRACE = timedelta(minutes=5)  # after a period, for transactions that began in it
MAX_RUN_SECONDS = 1.0  # after which other jobs run
PAUSE_SECONDS = 900.0  # between two counts of the period that is not over yet


def counter() -> Callable[[], None]:
    """A job that counts what is not counted yet, and the present periods every PAUSE_SECONDS or when asked to."""
    pause_until, requests_seen = 0.0, 0

    def run() -> None:
        nonlocal pause_until, requests_seen
        requests = status_notes.times_requested(JOB)
        is_counted = all(_newest(period) is not None for period in Period)
        if time.monotonic() < pause_until and is_counted and requests == requests_seen:
            return
        requests_seen, end = requests, time.monotonic() + MAX_RUN_SECONDS
        if all(count_periods(period, until=end) for period in Period):
            pause_until = time.monotonic() + PAUSE_SECONDS

    return run


def count_periods(period: Period, *, until: float = float("inf")) -> bool:
    """Count from the newest counted period on, at least that and the next, up to the present or a time.monotonic().

    Returns whether it has reached the present; not if all counts have been forgotten meanwhile.
    """
    newest = _newest(period)
    first = start = newest or _first_start(period)
    while start is not None:
        finish = period.next_start(start)
        if not _store(period, start, counts_between(start, finish), after=newest):
            return False
        newest = start
        if clock.now() < midnight(finish) + GRACE:
            return True
        if start != first and time.monotonic() >= until:
            return False
        start = finish
    return True


def counts_between(start: date, finish: date) -> dict[str, int]:
    """What happened from one day until another, by kind.

    What was deleted later counts; what was never approved and reactions taken back do not.
    """

    def within(moment: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
        return moment >= midnight(start), moment < midnight(finish)

    posts = select(func.count(), func.count(Post.author_id.distinct())).where(
        _was_public(Post), *within(Post.created_at.expression)
    )
    post_count, poster_count = session.execute(posts).one()
    others = {
        "members": select(func.count()).where(is_public(), *within(Member.joined_at.expression)),
        "threads": select(func.count()).where(_was_public(Thread), *within(Thread.started_at.expression)),
        "reactions": select(func.count()).where(*within(Reaction.created_at.expression)),
    }
    counts = {kind: session.scalar(statement) or 0 for kind, statement in others.items()}
    return counts | {"posts": post_count, "posters": poster_count}


def _was_public(model: type[Thread | Post]) -> ColumnElement[bool]:
    return or_(model.is_public, model.is_deleted)


def recount(actor: Administrator) -> None:
    """Forget all counts, so that the job counts everything again."""
    record("recount-statistics", actor=authorize(actor))
    forget_counts()


def forget_counts() -> None:
    """Delete all counts; a count that is going on stops."""
    site.lock()
    session.execute(delete(PeriodCount).where(PeriodCount.period.in_(list(Period))))


def _newest(period: Period) -> date | None:
    """The newest period that is counted."""
    return session.scalar(select(func.max(PeriodCount.start)).where(PeriodCount.period == period))


def _first_start(period: Period) -> date | None:
    """The first period in which something happened; None in an empty forum."""
    moments = (
        session.scalar(select(func.min(Member.joined_at)).where(is_public())),
        session.scalar(select(func.min(Thread.started_at))),
        session.scalar(select(func.min(Post.created_at))),
    )
    known = [moment for moment in moments if moment is not None]
    return period.start_of(min(known).date()) if known else None


def _store(period: Period, start: date, counts: dict[str, int], *, after: date | None) -> bool:
    """Store counts if `after` still is the newest period that is counted; returns whether it is."""
    rows = [{"period": period, "start": start, "kind": kind, "count": count} for kind, count in counts.items()]
    statement = insert_into(PeriodCount)
    keys = ["period", "start", "kind"]
    changed = {"count": statement.excluded.count}
    with transaction():
        site.lock()
        if _newest(period) != after:
            return False
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)
    return True
