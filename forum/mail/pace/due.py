"""Which messages are sent next: those about accounts first, then by the time they are due, members taking turns."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, delete, func, select, update

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.text.mail_addresses import address_key
from forum.mail.bounces import envelope_sender
from forum.models import Hold, Mail, Member

CANDIDATES = 1000  # messages of notifications that are looked at in a run; most may have to wait


class Due(NamedTuple):
    """A message that is due; `member_id` is None for one about an account."""

    id: int
    member_id: int | None
    domain: str  # of the recipient


class Route(NamedTuple):
    """To whom a message goes, and the sender in its envelope, if not the forum's."""

    recipient: str
    sender: str = ""


def due_mail(account_mail: int) -> list[Due]:
    """The messages that are due, at most so many about accounts, in the order in which they are sent."""
    now = clock.now()
    accounts = select(Mail.id, Mail.recipient).where(Mail.kind == "", Mail.try_after <= now)
    accounts = accounts.order_by(Mail.try_after, Mail.id).limit(account_mail)
    found = [Due(row.id, None, domain_of(row.recipient)) for row in session.execute(accounts)]
    found += [Due(row.id, row.member_id, domain_of(row.email_key or "")) for row in session.execute(_to_members(now))]
    session.rollback()
    return found


def _to_members(now: datetime) -> Select[tuple[int, int | None, str | None]]:
    """One member's messages wait for those of the others, however many they are."""
    oldest = select(Mail.id, Mail.member_id, Mail.try_after).where(Mail.kind != "", Mail.try_after <= now)
    row = oldest.order_by(Mail.try_after, Mail.id).limit(CANDIDATES).subquery().c
    turn = func.row_number().over(partition_by=row.member_id, order_by=(row.try_after, row.id))
    members = select(row.id, row.member_id, Member.email_key).outerjoin(Member, Member.id == row.member_id)
    return members.order_by(turn, row.try_after, row.id)


def domain_of(address: str) -> str:
    """The domain of an address in ASCII."""
    return address_key(address).rpartition("@")[2]


def route_of(letter: Mail) -> Route | None:
    """Where a claimed message goes; None for a member who takes no mail. Call it in a transaction."""
    if not letter.kind or letter.member_id is None:
        return Route(letter.recipient)
    member = session.get(Member, letter.member_id, populate_existing=True)
    if member is None or not member.takes_mail or member.email is None or member.closed_at is not None:
        return None
    return Route(member.email, envelope_sender(member.id, member.email_key or ""))


def drop(mail_id: int) -> None:
    """Delete a message."""
    session.execute(delete(Mail).where(Mail.id == mail_id))


def put_back(mail_id: int, until: datetime, hold: Hold) -> None:
    """Let a claimed message wait, as if it had not been claimed."""
    waiting = update(Mail).where(Mail.id == mail_id)
    session.execute(waiting.values(attempts=Mail.attempts - 1, try_after=until, held_by=hold.value))


def hold(waiting: Iterable[tuple[int, datetime, Hold]]) -> None:
    """Let messages wait that are still due: nobody has claimed them meanwhile."""
    now = clock.now()
    for mail_id, until, why in waiting:
        due = update(Mail).where(Mail.id == mail_id, Mail.try_after <= now)
        session.execute(due.values(try_after=until, held_by=why.value))
