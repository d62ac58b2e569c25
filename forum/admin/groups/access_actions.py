"""Change the access lists of boards."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from forum import page_versions
from forum.admin.edit_conflicts import require_unchanged
from forum.admin.groups.group_actions import groups_in_order
from forum.admin.rules import Administrator, authorize
from forum.audit_log import Change, record
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.text.messages import Message, say
from forum.models import AccessLevel, Board, BoardAccess, BuiltInGroup
from forum.site import actions as site
from forum.site.access import AccessEntry, AccessList


def own_list(board: Board) -> AccessList | None:
    """A board's own access list; None if it has its parent's."""
    if not board.has_access_list:
        return None
    rows = session.scalars(select(BoardAccess).where(BoardAccess.board_id == board.id).order_by(BoardAccess.group_id))
    return tuple(AccessEntry(row.group_id, AccessLevel(row.level), row.moderates, row.own_threads_only) for row in rows)


def access_values(board: Board) -> dict[str, object]:
    """A board's own list as the value that admins edit and the log shows."""
    return {"access": _shown(own_list(board))}


def set_list(
    actor: Administrator, board: Board, entries: Sequence[AccessEntry] | None, *, seen: str | None = None
) -> bool:
    """Give a board an access list of its own, or with None its parent's; returns whether anything changed.

    `seen` is the fingerprint of access_values() when the actor read them. An empty list leaves the board to admins.
    Raises Invalid or ChangedMeanwhile.
    """
    admin = authorize(actor)
    site.lock()
    session.refresh(board, with_for_update=True)  # waits for those who are just starting a thread in it
    stored = access_values(board)
    wanted = None if entries is None else _checked(entries)
    given: dict[str, object] = {"access": _shown(wanted)}
    require_unchanged(stored, given, seen=seen)
    if given == stored:
        return False
    kept = Change(kept_access(own_list(board)), kept_access(wanted))
    session.execute(delete(BoardAccess).where(BoardAccess.board_id == board.id))
    board.has_access_list = wanted is not None
    if wanted:
        session.execute(insert(BoardAccess), [_row(board, entry) for entry in wanted])
    session.flush()
    page_versions.invalidate_removed_threads()
    site.bump_version()
    told = {"name": "access", "was": stored["access"], "now": given["access"]}
    record("change-board", actor=admin, target=f"board:{board.id}", change=kept, **told)
    return True


def kept_access(entries: AccessList | None) -> dict[str, object]:
    """A list as the log keeps it, so that the change can be undone."""
    rows = None if entries is None else [[int(entry.group_id), str(entry.level), *entry[2:]] for entry in entries]
    return {"access": rows}


def _row(board: Board, entry: AccessEntry) -> dict[str, object]:
    return {"board_id": board.id, **entry._asdict()}


def _checked(entries: Sequence[AccessEntry]) -> AccessList:
    """The entries by group. Raises Invalid."""
    known = {group.id for group in groups_in_order()}
    faults: list[Message] = []
    ids = [entry.group_id for entry in entries]
    if set(ids) - known:
        faults.append(say("There is no such group."))
    if len(set(ids)) < len(ids):
        faults.append(say("Each group can have only one entry."))
    if any(entry.group_id == BuiltInGroup.ADMINS for entry in entries):
        faults.append(say("Admins need no entry: they may do everything."))
    if any(
        entry.group_id == BuiltInGroup.GUESTS and (entry.level != AccessLevel.SEE or entry.moderates)
        for entry in entries
    ):
        faults.append(say("Guests can only see. Give the members an entry of their own."))
    if any(entry.moderates and entry.own_threads_only for entry in entries):
        faults.append(say("Who moderates a board sees all its threads."))
    if faults:
        raise Invalid({"access": faults})
    return tuple(sorted(entries, key=lambda entry: entry.group_id))


def _shown(entries: AccessList | None) -> str:
    """A list in words, for the log and for comparison."""
    if entries is None:
        return "as the board above"
    titles = {group.id: group.title for group in groups_in_order()}
    lines = (
        f"{titles.get(entry.group_id, entry.group_id)}: {entry.level}"
        f"{' + moderate' if entry.moderates else ''}{' (own threads only)' if entry.own_threads_only else ''}"
        for entry in entries
    )
    return "; ".join(lines) or "only admins"
