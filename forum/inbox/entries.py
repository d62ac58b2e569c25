"""Which messages were handled: rows that make it harmless to read a message twice."""

from sqlalchemy import delete, exists, select, update

from forum.inbox.incoming import Taken
from forum.inbox.rules import ENTRY_LIFETIME, REFUSAL_PAUSE
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.models import InboundMail


def add(key: str) -> int | None:
    """Add a row for a message in this transaction, whose other writes are what it causes; None if there is one."""
    values = {"key": key, "outcome": "", "received_at": clock.now()}
    statement = insert_into(InboundMail).values(**values).on_conflict_do_nothing().returning(InboundMail.id)
    return session.execute(statement).scalar_one_or_none()


def close(entry_id: int, taken: Taken) -> None:
    """Write down what became of a message."""
    statement = update(InboundMail).where(InboundMail.id == entry_id)
    session.execute(statement.values(outcome=taken.outcome, member_id=taken.member_id))


def has_recent(member_id: int, outcome: str) -> bool:
    """Whether a member's message had this outcome within a day."""
    since = clock.now() - REFUSAL_PAUSE
    recent = select(InboundMail.id).where(InboundMail.member_id == member_id, InboundMail.outcome == outcome)
    return bool(session.scalar(select(exists(recent.where(InboundMail.received_at > since)))))


def forget_old() -> None:
    """Delete rows after ENTRY_LIFETIME."""
    session.execute(delete(InboundMail).where(InboundMail.received_at < clock.now() - ENTRY_LIFETIME))
