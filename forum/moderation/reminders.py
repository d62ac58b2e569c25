"""Mail moderators when something has waited long for their decision."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import joinedload

from forum.infra import clock
from forum.infra.database.db import current_settings, session, transaction
from forum.infra.text.messages import say, say_many
from forum.members.account_mail import queue_mail
from forum.models import Member, Post, ReviewItem, Thread
from forum.moderation import campaigns, reviews
from forum.moderation.moderators import moderators
from forum.moderation.open_count import IN_CAMPAIGN_OF_ITS_BOARD
from forum.site.queries import snapshot

MOST_CASES = 500  # of the longest waiting, looked at in one run
BEFORE_DEADLINE = timedelta(hours=24)
_IS_OPEN = ReviewItem.decided_at.is_(None)


def remind() -> int:
    """Mail those who may decide what has waited for `remind_hours`; returns to how many. For a job.

    Of each case moderators are told once, and each moderator at most once in `remind_hours`: so a new case waits for
    the next mail of all who were told of others just before. Deadlines are told of as `remind_of_deadlines` says.
    """
    return _remind_of_waiting() + remind_of_deadlines()


def _remind_of_waiting() -> int:
    hours = snapshot().remind_hours
    since = clock.now() - timedelta(hours=hours)
    first = select(ReviewItem.id).where(_IS_OPEN, ReviewItem.opened_at <= since, ~IN_CAMPAIGN_OF_ITS_BOARD)
    is_due = hours and session.scalar(first.where(ReviewItem.reminded_at.is_(None)).limit(1)) is not None
    session.rollback()
    if not is_due:
        return 0
    with transaction():
        overdue = list(session.scalars(_overdue(since)))
        of_campaigns = campaigns.ids_of(overdue)
        told = [(member, mine) for member in moderators() if (mine := _to_tell(member, overdue, since))]
        for member, mine in told:
            _mail(member, mine, len({of_campaigns.get(item.id, item.id) for item in mine}))
        _note({item.id for _, mine in told for item in mine})
    return len(told)


def remind_of_deadlines() -> int:
    """Mail those who may decide a notice of illegal content that is due within a day; once, and to how many."""
    soon = clock.now() + BEFORE_DEADLINE
    is_due = session.scalar(_untold(soon).with_only_columns(ReviewItem.id).limit(1)) is not None
    session.rollback()
    if not is_due:
        return 0
    with transaction():
        due = list(session.scalars(_locked(_untold(soon).order_by(ReviewItem.due_at, ReviewItem.id))))
        told = [member for member in moderators() if _mail_of_deadlines(member, due)]
        told_now = update(ReviewItem).where(ReviewItem.id.in_([item.id for item in due]))
        session.execute(told_now.values(told_due_at=clock.now()))
    return len(told)


def _untold(soon: datetime) -> Select[ReviewItem]:
    return select(ReviewItem).where(_IS_OPEN, ReviewItem.due_at <= soon, ReviewItem.told_due_at.is_(None))


def _mail_of_deadlines(member: Member, due: list[ReviewItem]) -> bool:
    """Whether a moderator was told of what they may decide."""
    takes_mail = member.takes_mail and not member.is_banned
    mine = [item for item in due if reviews.may_review(member, item)] if takes_mail else []
    if mine:
        words = ("%(num)d notice of illegal content is due.", "%(num)d notices of illegal content are due.")
        queue_mail(
            member.email or "",
            say("A notice of illegal content is due"),
            say("Hello %(name)s,", name=member.username),
            say_many(*words, len(mine)),
            say("Please decide it within a day, with a reason for who sent it:"),
            say("%(link)s", link=f"{current_settings().base_url}/moderation/reports/{mine[0].id}"),
        )
    return bool(mine)


def _overdue(since: datetime) -> Select[ReviewItem]:
    """The cases that have waited longest."""
    waiting = select(ReviewItem).where(_IS_OPEN, ReviewItem.opened_at <= since, ~IN_CAMPAIGN_OF_ITS_BOARD)
    return _locked(waiting.order_by(ReviewItem.opened_at, ReviewItem.id))


def _locked(cases: Select[ReviewItem]) -> Select[ReviewItem]:
    """Cases with their places, locked, so that two runs do not both tell of them."""
    place = joinedload(ReviewItem.post).joinedload(Post.thread).joinedload(Thread.board)
    locked = cases.limit(MOST_CASES).options(place).with_for_update(of=ReviewItem)
    return locked.execution_options(populate_existing=True)


def _to_tell(member: Member, overdue: list[ReviewItem], since: datetime) -> list[ReviewItem]:
    """The cases of which a moderator is told now: all that they may decide, if one is new to them and none recent."""
    if not member.takes_mail or member.is_banned:
        return []
    mine = [item for item in overdue if reviews.may_review(member, item)]
    times = [item.reminded_at for item in mine]
    is_due = None in times and not any(time is not None and time > since for time in times)
    return mine if is_due else []


def _mail(member: Member, mine: list[ReviewItem], number: int) -> None:
    words = ("%(num)d case waits for a moderator.", "%(num)d cases wait for a moderator.")
    queue_mail(
        member.email or "",
        say("Something waits for a moderator"),
        say("Hello %(name)s,", name=member.username),
        say_many(*words, number),
        say("The oldest has waited since %(day)s. You may decide it here:", day=snapshot().day_of(mine[0].opened_at)),
        say("%(link)s", link=f"{current_settings().base_url}/moderation"),
        say("You are told once of each case. Admins choose after how many hours."),
    )


def _note(item_ids: set[int]) -> None:
    unknown = (ReviewItem.id.in_(item_ids), ReviewItem.reminded_at.is_(None))
    session.execute(update(ReviewItem).where(*unknown).values(reminded_at=clock.now()))
