"""The audit log: one row for each action that may have to be accounted for later."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, String, cast, func, or_, select, update
from sqlalchemy.orm import joinedload

from forum.infra import clock
from forum.infra.client_ip import client_address
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import NotFound
from forum.infra.paging import Page
from forum.infra.text.messages import one_line
from forum.models import LogChange, LogEntry, Member
from forum.models.log_entry import EXPIRED

SEARCHED_ENTRIES = 10_000  # the newest entries, in which texts are searched
MAX_ENTRIES_FOR_ADDRESSES = 100  # log entries
REMOVED = " (removed)"
ENTRIES_PER_PAGE, MAX_LOG_PAGES = 50, 500  # entries per page, and the last page that can be requested


_CHANGES = "forum.logged_changes"
_undone: ContextVar[LogEntry | None] = ContextVar("_undone", default=None)
_batch: ContextVar[int | None] = ContextVar("_batch", default=None)


class Change(NamedTuple):
    """The values before and after a change, as JSON can hold them; what is recorded with one can be undone."""

    was: Mapping[str, object]
    now: Mapping[str, object]


def record(
    action: str, *, actor: Member | None = None, target: str = "", change: Change | None = None, **details: object
) -> LogEntry:
    """Add an entry. Strings are collapsed to one line, so that no value can imitate another entry."""
    clean = {name: one_line(value)[:300] if isinstance(value, str) else value for name, value in details.items()}
    entry = LogEntry(
        at=clock.now(),
        actor_id=actor.id if actor else None,
        action=action,
        target=one_line(target)[:60],
        address=client_address().stored,
        details=clean,
        batch_id=_batch.get(),
    )
    session.add(entry)
    if change is not None:
        undone = _undone.get()
        kept = {"was": dict(change.was), "now": dict(change.now), "undoes_id": undone.id if undone else None}
        session.add(LogChange(entry=entry, **kept))
        session.info.setdefault(_CHANGES, []).append(entry)
    return entry


def is_undoing() -> bool:
    """Whether what is being done undoes an entry."""
    return _undone.get() is not None


def changes_of_session() -> list[LogEntry]:
    """The entries recorded in this session whose change is kept, with their ids."""
    session.flush()
    return list(session.info.get(_CHANGES, ()))


@contextmanager
def undoing(entry: LogEntry) -> Iterator[None]:
    """Record the changes made meanwhile as those that undo an entry."""
    token = _undone.set(entry)
    try:
        yield
    finally:
        _undone.reset(token)


@contextmanager
def in_batch(entry_id: int) -> Iterator[None]:
    """Record what is done meanwhile as parts of an act on many threads or posts, which has an entry of its own."""
    token = _batch.set(entry_id)
    try:
        yield
    finally:
        _batch.reset(token)


def forget_targets(targets: Iterable[str]) -> None:
    """Let entries name no row that is being deleted: SQLite gives its id to another later."""
    theirs = update(LogEntry).where(in_list(LogEntry.target, targets)).values(target=LogEntry.target + REMOVED)
    session.execute(theirs.execution_options(synchronize_session=False))


def recent_ip_addresses(actor: Member, *, actions: tuple[str, ...]) -> set[str]:
    """The IP addresses in a member's latest MAX_ENTRIES_FOR_ADDRESSES log entries with one of these actions."""
    lines = select(LogEntry.address).where(LogEntry.actor_id == actor.id, LogEntry.action.in_(actions))
    return set(session.scalars(lines.order_by(LogEntry.id.desc()).limit(MAX_ENTRIES_FOR_ADDRESSES))) - {"", EXPIRED}


class LogQuery(NamedTuple):
    """What is looked for in the log; what is empty or None does not count.

    `targets` are objects such as "board:7", `text` a part of an entry's details, action or target.
    """

    actions: tuple[str, ...] = ()
    actor_id: int | None = None
    targets: tuple[str, ...] = ()
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


ALL_ENTRIES = LogQuery()


def log_page(number: int, query: LogQuery = ALL_ENTRIES) -> tuple[list[LogEntry], Page]:
    """A page of the log, newest first, with the actors.

    The total is a bounded count. Raises NotFound if the page does not exist.
    """
    ids = _matching(query)
    if len(query.actions) == 1:  # so that the index on actions gives them in order, however rare they are
        ids = ids.order_by(None).order_by(LogEntry.at.desc(), LogEntry.id.desc())
    page = bounded_count(number, ids, size=ENTRIES_PER_PAGE, most=MAX_LOG_PAGES * ENTRIES_PER_PAGE)
    if not 1 <= number <= page.count:
        raise NotFound
    return (_entries(ids.offset(page.offset).limit(page.size)) if page.total else []), page


def newest_entries(query: LogQuery, *, before: int | None, most: int) -> list[LogEntry]:
    """Entries that match, newest first, with the actors; only those with a lower id than `before`."""
    ids = _matching(query)
    return _entries((ids if before is None else ids.where(LogEntry.id < before)).limit(most))


def _entries(ids: Select[Any]) -> list[LogEntry]:
    rows = select(LogEntry).where(LogEntry.id.in_(ids)).options(joinedload(LogEntry.actor))
    return list(session.scalars(rows.order_by(LogEntry.id.desc())))


def _matching(query: LogQuery) -> Select[Any]:
    ids = select(LogEntry.id).order_by(LogEntry.id.desc())
    if query.actions:
        ids = ids.where(LogEntry.action.in_(query.actions))
    if query.actor_id is not None:
        ids = ids.where(LogEntry.actor_id == query.actor_id)
    if query.targets:
        ids = ids.where(LogEntry.target.in_(query.targets))
    if query.since is not None:
        ids = ids.where(LogEntry.at >= query.since)
    if query.until is not None:
        ids = ids.where(LogEntry.at < query.until)
    return ids.where(*_contains(query.text)) if query.text else ids


def _contains(text: str) -> tuple[Any, ...]:
    """SQL conditions: among the newest SEARCHED_ENTRIES, and with a text, whose ASCII letters match in either case."""
    newest = session.scalar(select(func.max(LogEntry.id))) or 0
    stored = json.dumps(text)[1:-1].lower()  # as JSON escapes it
    details = func.lower(cast(LogEntry.details, String)).contains(stored, autoescape=True)
    others = (
        func.lower(column).contains(text.lower(), autoescape=True) for column in (LogEntry.action, LogEntry.target)
    )
    return LogEntry.id > newest - SEARCHED_ENTRIES, or_(details, *others)
