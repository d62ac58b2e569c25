"""Which entries of the log were changed again since, as far as the log knows; one statement for a page of them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import LogChange, LogEntry

MOST_LATER = 1000  # of the changes after a page, the newest
PLACES = ("board", "thread", "group", "item")  # which of several values under the same names is meant
_ASIDE = {*PLACES, "reason"}  # told with other acts on the same target, too


def overtaken(changes: Mapping[LogEntry, LogChange]) -> set[int]:
    """The ids of those entries whose target has other values by now than the entry left, by later entries.

    What is changed without an entry is found only on the page of an entry, which compares with what is stored.
    """
    kept = {entry: change for entry, change in changes.items() if entry.target and change.now}
    later = _later_of(kept)
    return {entry.id for entry, change in kept.items() if _differs(entry, change.now, later.get(entry.target, []))}


def _later_of(kept: Mapping[LogEntry, LogChange]) -> dict[str, list[tuple[int, Mapping[str, Any]]]]:
    """By target, the ids and values of the changes after the oldest of the entries, the newest first."""
    if not kept:
        return {}
    rows = select(LogEntry.target, LogEntry.id, LogChange.now).join(LogChange, LogChange.entry_id == LogEntry.id)
    rows = rows.where(in_list(LogEntry.target, {entry.target for entry in kept}))
    rows = rows.where(LogEntry.id > min(entry.id for entry in kept)).order_by(LogEntry.id.desc()).limit(MOST_LATER)
    later: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for target, entry_id, now in session.execute(rows):
        later.setdefault(target, []).append((entry_id, now))
    return later


def _differs(entry: LogEntry, now: Mapping[str, Any], later: list[tuple[int, Mapping[str, Any]]]) -> bool:
    newest: dict[str, Any] = {}
    for entry_id, values in later:
        if entry_id > entry.id and all(values.get(name) == now.get(name) for name in PLACES):
            newest = {**values, **newest}
    return any(newest[name] != value for name, value in now.items() if name in newest and name not in _ASIDE)
