"""The mail queue as admins see it: what waits and what was given up, without its text."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, cast

from sqlalchemy import CursorResult, case, delete, func, or_, select, text, update

from forum.infra import clock
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import Page
from forum.infra.text.messages import say
from forum.mail.rules import CLAIM, ENTRIES_PER_PAGE, GIVEN_UP_LIFETIME, MAX_PAGES
from forum.models import Hold, Mail, Member

_ADDRESS = case((Mail.recipient != "", Mail.recipient), else_=func.coalesce(Member.email, "")).label("recipient")
_COLUMNS = (
    *(Mail.id, _ADDRESS, Mail.subject, Mail.created_at),
    *(Mail.try_after, Mail.attempts, Mail.last_error, Mail.held_by),
)
_ROWS = select(*_COLUMNS).outerjoin(Member, Member.id == Mail.member_id)  # the address of a member is looked up


class State(StrEnum):
    """Why a message is in the queue."""

    WAITING = "waiting"
    LIMITED = "limited"  # a limit is used up
    PAUSED = "paused"  # the mail server takes nothing for its domain at the moment
    RETRIED = "retried"  # it has failed
    GIVEN_UP = "given_up"


class QueuedMail(NamedTuple):
    """A message of the queue; without `try_after` it was given up."""

    id: int
    recipient: str  # masked
    subject: str
    created_at: datetime
    try_after: datetime | None
    attempts: int
    last_error: str
    held_by: str = ""  # a Hold

    @property
    def state(self) -> State:
        """Why it is still here."""
        if self.try_after is None:
            return State.GIVEN_UP
        if self.held_by:
            return State.PAUSED if self.held_by == Hold.DOMAIN else State.LIMITED
        return State.RETRIED if self.attempts else State.WAITING


def masked(address: str) -> str:
    """An e-mail address that is recognised by those who know it: a…@example.org."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if domain else ""


def queue_page(number: int, *, only_given_up: bool = False) -> tuple[list[QueuedMail], Page]:
    """A page of the queue, the oldest message first. Raises NotFound if the page does not exist."""
    ids = select(Mail.id).where(Mail.try_after.is_(None)) if only_given_up else select(Mail.id)
    page = bounded_count(number, ids, size=ENTRIES_PER_PAGE, most=MAX_PAGES * ENTRIES_PER_PAGE)
    if not 1 <= number <= page.count:
        raise NotFound
    on_page = ids.order_by(Mail.id).offset(page.offset).limit(page.size)
    rows = session.execute(_ROWS.where(Mail.id.in_(on_page)).order_by(Mail.id))
    return [QueuedMail(row.id, masked(row.recipient), *row[2:]) for row in rows], page


def state_counts() -> dict[State, int]:
    """How many messages are in each state."""
    state = case(
        (Mail.try_after.is_(None), State.GIVEN_UP.value),
        (Mail.held_by == Hold.DOMAIN.value, State.PAUSED.value),
        (Mail.held_by == Hold.LIMIT.value, State.LIMITED.value),
        (Mail.attempts > 0, State.RETRIED.value),
        else_=State.WAITING.value,
    ).label("state")
    counted = select(state, func.count().label("number")).group_by(text("state"))
    found = {row.state: row.number for row in session.execute(counted)}
    return {each: found.get(each.value, 0) for each in State}


def find_mail(mail_id: int) -> QueuedMail:
    """A message of the queue. Raises NotFound if it was sent or deleted meanwhile."""
    row = session.execute(_ROWS.where(Mail.id == mail_id)).one_or_none()
    if row is None:
        raise NotFound(say("This message is no longer in the queue: it was sent or deleted meanwhile."))
    return QueuedMail(row.id, masked(row.recipient), *row[2:])


def make_due(mail_id: int | None = None) -> int:
    """Let the job send a message, or all of them, now; returns how many were waiting longer or given up.

    A message that is due within two minutes may be in the hands of a job that sends it, and is left alone.
    """
    now = clock.now()
    due = (
        update(Mail)
        .where(or_(Mail.try_after.is_(None), Mail.try_after > now + 2 * CLAIM))
        .values(try_after=now, held_by="")
    )
    result = session.execute(due if mail_id is None else due.where(Mail.id == mail_id))
    return cast("CursorResult[object]", result).rowcount


def remove(mail_id: int) -> None:
    """Delete a message without sending it."""
    session.execute(delete(Mail).where(Mail.id == mail_id))


def forget_given_up() -> None:
    """Delete messages that were given up and written more than GIVEN_UP_LIFETIME ago."""
    limit = clock.now() - GIVEN_UP_LIFETIME
    session.execute(delete(Mail).where(Mail.try_after.is_(None), Mail.created_at < limit))
