"""How long moderators take: the figures of their home."""

from collections import Counter
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from sqlalchemy import func, select

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Member, ReviewItem
from forum.moderation import reviews

OPEN_CASES = 1000  # of which the number is counted
FIGURE_DAYS, FIGURE_CASES = 30, 1000


class Figures(NamedTuple):
    """The work of the last FIGURE_DAYS days, of the newest FIGURE_CASES decisions."""

    open: int
    oldest: datetime | None
    median: timedelta | None  # until the first decision
    deciders: list[tuple[str, int]]  # who decided how many, the most first


def figures_for(actor: Member) -> Figures:
    """The figures of the boards that the actor moderates; two statements."""
    waiting = reviews.reviewable_columns(actor, ReviewItem.opened_at).where(
        ReviewItem.decided_at.is_(None), reviews.stands_alone(actor)
    )
    oldest_first = waiting.order_by(ReviewItem.opened_at, ReviewItem.id).limit(OPEN_CASES).subquery()
    number, oldest = session.execute(select(func.count(), func.min(oldest_first.c.opened_at))).one()
    since = clock.now() - timedelta(days=FIGURE_DAYS)
    columns = (ReviewItem.opened_at, ReviewItem.first_decided_at, Member.username)
    decided = (
        reviews.reviewable_columns(actor, *columns)
        .outerjoin(Member, Member.id == ReviewItem.decided_by_id)
        .where(ReviewItem.first_decided_at >= since)
        .order_by(ReviewItem.first_decided_at.desc())
        .limit(FIGURE_CASES)
    )
    rows = session.execute(decided).all()
    spans = [row.first_decided_at - row.opened_at for row in rows]
    by_name = Counter(row.username for row in rows if row.username)
    return Figures(number, oldest, median(spans) if spans else None, by_name.most_common(5))
