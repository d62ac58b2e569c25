"""Stored IP addresses expire: those in the log and of devices, after the days that the admins have set."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, select, text, update
from sqlalchemy.orm import InstrumentedAttribute

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import LogEntry, MemberSession
from forum.models.log_entry import EXPIRED, HAS_ADDRESS
from forum.site.queries import snapshot

SLICE_ROWS = 500


def expiry() -> datetime:
    """What was stored before this moment has expired."""
    return clock.now() - timedelta(days=snapshot().address_days)


def as_shown(address: str, at: datetime) -> str:
    """A stored address, or EXPIRED if it has expired and the job that removes it has not come to it yet."""
    return EXPIRED if address and at < expiry() else address


def unexpired(address: InstrumentedAttribute[str], at: InstrumentedAttribute[datetime]) -> ColumnElement[Any]:
    """as_shown() in SQL."""
    has_expired = (at < bindparam(None, callable_=expiry, type_=at.type)) & (address != "")
    return case((has_expired, EXPIRED), else_=address)


def expired_entries() -> Select[int]:
    """The ids of log entries with expired addresses, oldest first."""
    return select(LogEntry.id).where(text(HAS_ADDRESS), LogEntry.at < expiry()).order_by(LogEntry.at)


def expired_logins() -> Select[int]:
    """The ids of logins with expired addresses, oldest first."""
    ids = select(MemberSession.id).where(text(HAS_ADDRESS), MemberSession.last_used_at < expiry())
    return ids.order_by(MemberSession.last_used_at)


def first_expired() -> int | None:
    """The id of a row with an expired address; None if there is none."""
    entry = session.scalar(expired_entries().limit(1))
    return entry if entry is not None else session.scalar(expired_logins().limit(1))


def expire_slice() -> None:
    """Remove the next expired addresses."""
    entries, logins = (list(session.scalars(ids.limit(SLICE_ROWS))) for ids in (expired_entries(), expired_logins()))
    session.execute(update(LogEntry).where(LogEntry.id.in_(entries)).values(address=EXPIRED))
    session.execute(update(MemberSession).where(MemberSession.id.in_(logins)).values(address=EXPIRED))
