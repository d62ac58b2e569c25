"""Stopped addresses and failures as admins see them: with members' names, and addresses masked."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import Page
from forum.mail.queue import masked
from forum.mail.rules import ENTRIES_PER_PAGE, MAX_PAGES
from forum.models import MailFailure, Member

SHOWN_FAILURES = 20


class Stopped(NamedTuple):
    """A member to whose address no mail is sent, and what failed last."""

    member: Member
    address: str  # masked
    words: str


class Failure(NamedTuple):
    """What a mail server said of a message to a member."""

    member: Member
    address: str  # masked
    kind: str
    failed_at: datetime
    words: str


def stopped_count() -> int:
    """How many addresses are stopped."""
    return session.scalar(select(func.count()).where(Member.email_stopped_at.is_not(None))) or 0


def stopped_page(number: int) -> tuple[list[Stopped], Page]:
    """A page of the stopped addresses, the last one first. Raises NotFound if the page does not exist."""
    ids = select(Member.id).where(Member.email_stopped_at.is_not(None))
    page = bounded_count(number, ids, size=ENTRIES_PER_PAGE, most=MAX_PAGES * ENTRIES_PER_PAGE)
    if not 1 <= number <= page.count:
        raise NotFound
    newest = (Member.email_stopped_at.desc(), Member.id)
    on_page = ids.order_by(*newest).offset(page.offset).limit(page.size)
    members = session.scalars(select(Member).where(Member.id.in_(on_page)).order_by(*newest)).all()
    words = _last_words([member.id for member in members])
    return [Stopped(each, masked(each.email or ""), words.get(each.id, "")) for each in members], page


def _last_words(member_ids: list[int]) -> dict[int, str]:
    rows = select(MailFailure.member_id, MailFailure.words).where(MailFailure.member_id.in_(member_ids))
    return {row.member_id: row.words for row in session.execute(rows.order_by(MailFailure.failed_at))}


def last_failures() -> list[Failure]:
    """The last failures of mail to members, the newest first."""
    rows = select(MailFailure, Member).join(Member, Member.id == MailFailure.member_id)
    newest = rows.order_by(MailFailure.failed_at.desc(), MailFailure.member_id).limit(SHOWN_FAILURES)
    return [
        Failure(member, masked(member.email or ""), failure.kind, failure.failed_at, failure.words)
        for failure, member in session.execute(newest)
    ]
