"""The audit log: one row for each action that may have to be accounted for later."""

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from forum.infra import clock
from forum.infra.client_ip import client_address
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import NotFound
from forum.infra.paging import Page
from forum.infra.text.messages import one_line
from forum.models import LogEntry, Member
from forum.models.log_entry import EXPIRED

MAX_ENTRIES_FOR_ADDRESSES = 100  # log entries
REMOVED = " (removed)"
ENTRIES_PER_PAGE, MAX_LOG_PAGES = 50, 500  # entries per page, and the last page that can be requested


def record(action: str, *, actor: Member | None = None, target: str = "", **details: object) -> None:
    """Add an entry. Strings are collapsed to one line, so that no value can imitate another entry."""
    clean = {name: one_line(value)[:300] if isinstance(value, str) else value for name, value in details.items()}
    session.add(
        LogEntry(
            at=clock.now(),
            actor_id=actor.id if actor else None,
            action=action,
            target=one_line(target)[:60],
            address=client_address().stored,
            details=clean,
        )
    )


def forget_targets(targets: Iterable[str]) -> None:
    """Let entries name no row that is being deleted: SQLite gives its id to another later."""
    theirs = update(LogEntry).where(in_list(LogEntry.target, targets)).values(target=LogEntry.target + REMOVED)
    session.execute(theirs.execution_options(synchronize_session=False))


def recent_ip_addresses(actor: Member, *, actions: tuple[str, ...]) -> set[str]:
    """The IP addresses in a member's latest MAX_ENTRIES_FOR_ADDRESSES log entries with one of these actions."""
    lines = select(LogEntry.address).where(LogEntry.actor_id == actor.id, LogEntry.action.in_(actions))
    return set(session.scalars(lines.order_by(LogEntry.id.desc()).limit(MAX_ENTRIES_FOR_ADDRESSES))) - {"", EXPIRED}


def log_page(number: int, *, actions: tuple[str, ...] = ()) -> tuple[list[LogEntry], Page]:
    """A page of the log, newest first, with the actors; only these actions, if any are given.

    The total is a bounded count. Raises NotFound if the page does not exist.
    """
    ids = select(LogEntry.id).order_by(LogEntry.id.desc())
    ids = ids.where(LogEntry.action.in_(actions)) if actions else ids
    page = bounded_count(number, ids, size=ENTRIES_PER_PAGE, most=MAX_LOG_PAGES * ENTRIES_PER_PAGE)
    if not 1 <= number <= page.count:
        raise NotFound
    ids_on_page = ids.offset(page.offset).limit(page.size)
    rows = select(LogEntry).where(LogEntry.id.in_(ids_on_page)).options(joinedload(LogEntry.actor))
    return list(session.scalars(rows.order_by(LogEntry.id.desc()))), page
