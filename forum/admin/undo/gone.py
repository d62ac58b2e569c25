"""Which entries of the log are about something that is gone: for many of them one query for each kind of object."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select, true

from forum.admin.row_types import ROW_TYPES
from forum.admin.undo.content import CONTENT_KINDS
from forum.admin.undo.kinds import named_targets
from forum.audit_log import REMOVED
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import BlockedLink, Board, LogChange, LogEntry, Member, Post, ReviewItem, SignupBlock, Thread

MODELS: Mapping[str, type[Any]] = {
    "board": Board,
    "campaign": ReviewItem,
    "link": BlockedLink,
    "member": Member,
    "post": Post,
    "signup-block": SignupBlock,
    "thread": Thread,
    **{kind.name: kind.model for kind in ROW_TYPES.values()},
}
_OF_CLOSED_ACCOUNTS = frozenset({"revoke-invitations"})  # what can be undone although the account is closed


def was_deleted_since(entry: LogEntry, change: LogChange) -> bool:
    """Whether the object, or one that the values name, was deleted after the entry: its id may belong to another."""
    return entry.id < max(_deletions(_targets(entry, change)).values(), default=0)


def gone(changes: Mapping[LogEntry, LogChange]) -> set[int]:
    """The ids of those entries whose object, or one that their values name, no longer exists."""
    kept = {entry: change for entry, change in changes.items() if change.now}
    targets = {entry: _targets(entry, change) for entry, change in kept.items()}
    deletions = _deletions({target for each in targets.values() for target in each})
    needed = {entry: {*_objects(entry, change)} for entry, change in kept.items()}
    existing = _existing({each for objects in needed.values() for each in objects})
    return {entry.id for entry in changes if entry.target.endswith(REMOVED)} | {
        entry.id
        for entry in kept
        if needed[entry] - existing
        or entry.id < max((deletions.get(target, 0) for target in targets[entry]), default=0)
    }


def _targets(entry: LogEntry, change: LogChange) -> set[str]:
    """The object of an entry and those that its values name, as the log names them once they are deleted."""
    is_of_content = entry.action in CONTENT_KINDS  # threads and posts that are deleted can be restored
    own = {entry.target, entry.target + REMOVED} if entry.target and not is_of_content else set()
    return own | named_targets(change.was) | named_targets(change.now)


def _deletions(targets: Iterable[str]) -> dict[str, int]:
    """The newest entry about the deletion of each of these objects."""
    is_for_good = LogEntry.action.startswith("delete-") & LogEntry.action.not_in(CONTENT_KINDS)
    deleted = select(LogEntry.target, func.max(LogEntry.id)).where(is_for_good, in_list(LogEntry.target, targets))
    return {row[0]: row[1] for row in session.execute(deleted.group_by(LogEntry.target))}


def _objects(entry: LogEntry, change: LogChange) -> Iterable[tuple[str, int]]:
    kind, _, number = entry.target.partition(":")
    if kind in MODELS and number.isdigit() and entry.action not in _OF_CLOSED_ACCOUNTS:
        yield kind, int(number)
    thread_id = change.now.get("thread")
    if isinstance(thread_id, int):
        yield "thread", thread_id


def _existing(objects: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of the objects that exist; closed accounts do not."""
    ids: dict[str, list[int]] = {}
    for kind, number in objects:
        ids.setdefault(kind, []).append(number)
    found = set()
    for kind, numbers in ids.items():
        model = MODELS[kind]
        is_open: ColumnElement[bool] = Member.closed_at.is_(None) if model is Member else true()
        rows = session.scalars(select(model.id).where(in_list(model.id, numbers), is_open))
        found |= {(kind, number) for number in rows}
    return found
