"""How long moderators take: the figures of their home."""

from collections import Counter
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from sqlalchemy import case, func, select

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Member, ReviewItem, ReviewKind
from forum.moderation import reviews

OPEN_CASES = 1000  # of which the number is counted
FIGURE_DAYS, FIGURE_CASES = 30, 1000


class Figures(NamedTuple):
    """The work of the last FIGURE_DAYS days, of the newest FIGURE_CASES decisions."""

    open: int
    oldest: datetime | None
    appeals: int  # of what is open
    due: datetime | None  # the first deadline of what is open
    response: timedelta | None  # half the reports: until a moderator did something
    median: timedelta | None  # until the first decision
    deciders: list[tuple[str, int]]  # who decided how many, the most first


def figures_for(actor: Member) -> Figures:
    """The figures of the boards that the actor moderates; two statements."""
    opened = (ReviewItem.opened_at, ReviewItem.kind, ReviewItem.due_at)
    waiting = reviews.reviewable_columns(actor, *opened).where(
        ReviewItem.decided_at.is_(None), reviews.stands_alone(actor)
    )
    oldest_first = waiting.order_by(ReviewItem.opened_at, ReviewItem.id).limit(OPEN_CASES).subquery()
    appeals = func.count(case((oldest_first.c.kind == ReviewKind.APPEAL.value, 1)))
    found = select(func.count(), func.min(oldest_first.c.opened_at), appeals, func.min(oldest_first.c.due_at))
    number, oldest, appealed, due = session.execute(found).one()
    since = clock.now() - timedelta(days=FIGURE_DAYS)
    columns = (ReviewItem.opened_at, ReviewItem.first_decided_at, Member.username, ReviewItem.responded_at)
    decided = (
        reviews.reviewable_columns(actor, *columns)
        .outerjoin(Member, Member.id == ReviewItem.decided_by_id)
        .where(ReviewItem.first_decided_at >= since)
        .order_by(ReviewItem.first_decided_at.desc())
        .limit(FIGURE_CASES)
    )
    rows = session.execute(decided).all()
    spans = [row.first_decided_at - row.opened_at for row in rows]
    responses = [row.responded_at - row.opened_at for row in rows if row.responded_at]
    by_name = Counter(row.username for row in rows if row.username)
    response, resolution = (median(each) if each else None for each in (responses, spans))
    return Figures(number, oldest, appealed, due, response, resolution, by_name.most_common(5))
