"""Mail moderators when something has waited long for their decision."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import joinedload

from forum.infra import clock
from forum.infra.database.db import current_settings, session, transaction
from forum.infra.text.messages import say, say_many
from forum.members.account_mail import queue_mail
from forum.models import Member, Post, ReviewItem, Thread
from forum.moderation import reviews
from forum.moderation.moderators import moderators
from forum.site.queries import snapshot

MOST_CASES = 500  # of the longest waiting, looked at in one run


def remind() -> int:
    """Mail those who may decide what has waited for `remind_hours`; returns to how many. For a job.

    Of each case moderators are told once, and each moderator at most once in `remind_hours`: so a new case waits for
    the next mail of all who were told of others just before.
    """
    hours = snapshot().remind_hours
    since = clock.now() - timedelta(hours=hours)
    first = select(ReviewItem.id).where(ReviewItem.decided_at.is_(None), ReviewItem.opened_at <= since)
    is_due = hours and session.scalar(first.where(ReviewItem.reminded_at.is_(None)).limit(1)) is not None
    session.rollback()
    if not is_due:
        return 0
    with transaction():
        overdue = list(session.scalars(_overdue(since)))
        told = [(member, mine) for member in moderators() if (mine := _to_tell(member, overdue, since))]
        for member, mine in told:
            _mail(member, mine)
        _note({item.id for _, mine in told for item in mine})
    return len(told)


def _overdue(since: datetime) -> Select[ReviewItem]:
    """The cases that have waited longest, locked, so that two runs do not both tell of them."""
    place = joinedload(ReviewItem.post).joinedload(Post.thread).joinedload(Thread.board)
    waiting = select(ReviewItem).where(ReviewItem.decided_at.is_(None), ReviewItem.opened_at <= since)
    oldest_first = waiting.order_by(ReviewItem.opened_at, ReviewItem.id).limit(MOST_CASES).options(place)
    return oldest_first.with_for_update(of=ReviewItem).execution_options(populate_existing=True)


def _to_tell(member: Member, overdue: list[ReviewItem], since: datetime) -> list[ReviewItem]:
    """The cases of which a moderator is told now: all that they may decide, if one is new to them and none recent."""
    if not member.email or member.is_banned:
        return []
    mine = [item for item in overdue if reviews.may_review(member, item)]
    times = [item.reminded_at for item in mine]
    is_due = None in times and not any(time is not None and time > since for time in times)
    return mine if is_due else []


def _mail(member: Member, mine: list[ReviewItem]) -> None:
    words = ("%(num)d case waits for a moderator.", "%(num)d cases wait for a moderator.")
    queue_mail(
        member.email or "",
        say("Something waits for a moderator"),
        say("Hello %(name)s,", name=member.username),
        say_many(*words, len(mine)),
        say("The oldest has waited since %(day)s. You may decide it here:", day=snapshot().day_of(mine[0].opened_at)),
        say("%(link)s", link=f"{current_settings().base_url}/moderation"),
        say("You are told once of each case. Admins choose after how many hours."),
    )


def _note(item_ids: set[int]) -> None:
    unknown = (ReviewItem.id.in_(item_ids), ReviewItem.reminded_at.is_(None))
    session.execute(update(ReviewItem).where(*unknown).values(reminded_at=clock.now()))
