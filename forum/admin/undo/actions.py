"""Undo an entry of the log, if what it changed is still as it left it."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased, joinedload

from forum import permissions
from forum.admin.undo import bans, batches, cleanings, content, gone, kinds, site_kinds
from forum.admin.undo.kinds import IS_GONE, Values, require_no_wider
from forum.admin.undo.overtaken import overtaken
from forum.audit_log import REMOVED, undoing
from forum.infra.database.db import session
from forum.infra.errors import Conflict, NotFound
from forum.infra.text.messages import say
from forum.models import LogChange, LogEntry, Member
from forum.moderation import bulk
from forum.site import actions as site
from forum.verdicts import YES, Verdict

CANNOT_BE_UNDONE = Verdict(Conflict(say("This cannot be undone.")))
IS_UNDONE = Verdict(Conflict(say("This is undone already.")))
OVERTAKEN = Verdict(Conflict(say("This was changed again since, so it is not undone.")))
KINDS = {
    **kinds.KINDS,
    **site_kinds.SITE_KINDS,
    **bans.BAN_KINDS,
    **content.CONTENT_KINDS,
    **batches.BULK_KINDS,
    **cleanings.CLEANING_KINDS,
}


class Logged(NamedTuple):
    """An entry with its exact change, None if none is kept, the entry that it undid, and whether it is undone."""

    entry: LogEntry
    change: LogChange | None
    is_undone: bool


def find_logged(actor: Member, entry_id: int, *, actions: Collection[str]) -> Logged:
    """An entry of the log: one of these actions if any are named, or an own one of any. Raises NotFound."""
    rows = select(LogEntry).where(LogEntry.id == entry_id).options(joinedload(LogEntry.actor))
    entry = session.scalars(rows).one_or_none()
    is_readable = bool(permissions.may_see_log(actor)) and (not actions or entry is None or entry.action in actions)
    if entry is None or not (is_readable or entry.actor_id == actor.id):
        raise NotFound
    return _logged(entry)


def find_act(actor: Member, entry_id: int) -> Logged:
    """An entry of an act on threads or posts that the actor did, or may undo. Raises NotFound."""
    logged = logged_entry(entry_id)
    entry = logged.entry
    if entry.action in batches.BULK_KINDS:
        may = permissions.may_see_log(actor)
    elif _is_of_content(entry):
        may = content.verdicts(actor, [entry])[entry_id]
    else:
        raise NotFound
    if not may and entry.actor_id != actor.id:
        raise NotFound
    return logged


def logged_entry(entry_id: int) -> Logged:
    """An entry, without a check of who may see it. Raises NotFound."""
    entry = session.scalars(select(LogEntry).where(LogEntry.id == entry_id)).one_or_none()
    if entry is None:
        raise NotFound
    return _logged(entry)


def _logged(entry: LogEntry) -> Logged:
    entry_id = entry.id
    change = session.get(LogChange, entry_id)
    undone = session.scalar(select(exists().where(LogChange.undoes_id == entry_id)))
    return Logged(entry, change, bool(undone))


def may_undo(actor: Member, logged: Logged) -> Verdict:
    """Whether the actor may undo an entry; the act itself asks further."""
    may = _may_make(actor, logged)
    return content.verdicts(actor, [logged.entry])[logged.entry.id] if may and _is_of_content(logged.entry) else may


def state_of(actor: Member, logged: Logged) -> tuple[Values | None, Verdict]:
    """What is stored now of what an entry changed, and whether the actor may undo it."""
    present, verdict = present_values(logged), may_undo(actor, logged)
    return present, IS_GONE if verdict and present is None else verdict


def _may_make(actor: Member, logged: Logged) -> Verdict:
    """Whether an entry can be undone, and the actor may make such changes at all."""
    kind = KINDS.get(logged.entry.action)
    if kind is None or logged.change is None:
        return CANNOT_BE_UNDONE
    return IS_UNDONE if logged.is_undone else kind.may(actor, logged.change.now)


def _is_of_content(entry: LogEntry) -> bool:
    return entry.action in content.CONTENT_KINDS


def present_values(logged: Logged) -> Values | None:
    """What is stored now of what an entry changed; None if it is gone, or the change is not kept."""
    entry, change = logged.entry, logged.change
    kind = KINDS.get(entry.action)
    is_gone = entry.target.endswith(REMOVED) or (change and change.now and gone.was_deleted_since(entry, change))
    if kind is None or change is None or is_gone:
        return None
    return kind.present(entry, change.now)


def undo(actor: Member, logged: Logged, *, may_widen: bool = True) -> None:
    """Store the values before an entry again, by the action that changed them; logged, and can be undone itself.

    Raises Conflict if it cannot be undone, is undone already, or was changed again since; without `may_widen`, Wider if
    it shows threads to more people.
    """
    entry, change = logged.entry, logged.change
    if _is_of_content(entry):
        content.lock(entry)
    elif entry.action in batches.BULK_KINDS:
        bulk.locked(entry.id)
    else:
        site.lock()
        _lock_member(entry)
    permissions.require(may_undo(actor, _as_it_is(logged)))
    present = present_values(logged)
    permissions.require(YES if present is not None else IS_GONE)
    if present is not None and change is not None:
        permissions.require(YES if dict(present) == change.now else OVERTAKEN)
        if not may_widen:
            require_no_wider(entry, change.was)
        with undoing(entry):
            KINDS[entry.action].put(actor, entry, change.was, change.now)
    session.flush()


def _lock_member(entry: LogEntry) -> None:
    """Lock the member whom an entry is about, so that nobody decides about them meanwhile."""
    kind, _, member_id = entry.target.partition(":")
    if kind == "member" and member_id.isdigit():
        session.execute(select(Member.id).where(Member.id == int(member_id)).with_for_update())


def _as_it_is(logged: Logged) -> Logged:
    """The entry as it is now that no other admin can change anything."""
    session.refresh(logged.entry, ["target"])
    undone = session.scalar(select(exists().where(LogChange.undoes_id == logged.entry.id)))
    return logged._replace(is_undone=bool(undone))


def states_of(actor: Member, entries: Collection[LogEntry]) -> dict[int, Verdict]:
    """Of those entries on a page whose change is kept, whether the actor may undo them.

    Also whether their object exists, and as far as the log knows, is as they left it.
    """
    ids = [entry.id for entry in entries]
    later = aliased(LogChange)
    rows = select(LogChange, exists().where(later.undoes_id == LogChange.entry_id)).where(LogChange.entry_id.in_(ids))
    kept = {change.entry_id: (change, is_undone) for change, is_undone in session.execute(rows)}
    by_id = {entry.id: entry for entry in entries}
    of_content = content.verdicts(actor, [by_id[entry_id] for entry_id in kept if _is_of_content(by_id[entry_id])])
    verdicts = {
        entry_id: _may_make(actor, Logged(by_id[entry_id], change, is_undone)) and of_content.get(entry_id, YES)
        for entry_id, (change, is_undone) in kept.items()
    }
    possible = {by_id[entry_id]: kept[entry_id][0] for entry_id, verdict in verdicts.items() if verdict}
    return verdicts | dict.fromkeys(overtaken(possible), OVERTAKEN) | dict.fromkeys(gone.gone(possible), IS_GONE)
