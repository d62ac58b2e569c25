"""The log: a row for each act that somebody may later have to answer for."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forum.infra import clock
from forum.infra.bounded_count import bounded_count
from forum.infra.client_ip import client_address
from forum.infra.db import session
from forum.infra.errors import NotFound
from forum.infra.messages import one_line
from forum.infra.paging import Page
from forum.models import LogEntry, Member

MAX_ENTRIES_FOR_ADDRESSES = 100  # lines
ENTRIES_PER_PAGE, MAX_LOG_PAGES = 50, 500  # lines on a page, and how deep the log can be paged


def record(action: str, *, actor: Member | None = None, target: str = "", **details: object) -> None:
    """Add a line; texts are made single lines so that none can pretend to be another."""
    clean = {name: one_line(value)[:300] if isinstance(value, str) else value for name, value in details.items()}
    session.add(
        LogEntry(
            at=clock.now(),
            actor_id=actor.id if actor else None,
            action=action,
            target=one_line(target)[:60],
            address=client_address().address,
            details=clean,
        )
    )


def recent_ip_addresses(actor: Member, *, actions: tuple[str, ...]) -> set[str]:
    """The network addresses from which somebody did one of some actions, as far as their last lines tell."""
    lines = select(LogEntry.address).where(LogEntry.actor_id == actor.id, LogEntry.action.in_(actions))
    return set(session.scalars(lines.order_by(LogEntry.id.desc()).limit(MAX_ENTRIES_FOR_ADDRESSES))) - {""}


def log_page(number: int, *, actions: tuple[str, ...] = ()) -> tuple[list[LogEntry], Page]:
    """A page of the log, newest first, with the actors; only some actions if named; raises NotFound beyond the last.

    It is counted some pages ahead.
    """
    ids = select(LogEntry.id).order_by(LogEntry.id.desc())
    ids = ids.where(LogEntry.action.in_(actions)) if actions else ids
    page = bounded_count(number, ids, size=ENTRIES_PER_PAGE, most=MAX_LOG_PAGES * ENTRIES_PER_PAGE)
    if not 1 <= number <= page.count:
        raise NotFound
    part = ids.offset(page.offset).limit(page.size)
    rows = select(LogEntry).where(LogEntry.id.in_(part)).options(joinedload(LogEntry.actor))
    return list(session.scalars(rows.order_by(LogEntry.id.desc()))), page
