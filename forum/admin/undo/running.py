"""Do and undo acts on many threads or posts (moderation/bulk.py)."""

from collections.abc import Mapping

from forum.admin.undo.actions import logged_entry, undo
from forum.models import BulkAct, Member
from forum.moderation import bulk
from forum.moderation.bulk import Perform


def _undo_part(actor: Member, entry_id: int, _: BulkAct) -> None:
    undo(actor, logged_entry(entry_id))


_PERFORM: Mapping[str, Perform] = {**bulk.PERFORM, "undo": _undo_part}


def run(entry_id: int, *, seconds: float | None = None) -> None:
    """Do what is left of an act on many, in short transactions, for a second and a half or so many seconds."""
    bulk.run(entry_id, _PERFORM, seconds=seconds)


def run_first(entry_id: int) -> None:
    """Do the first parts of an act on many in the caller's transaction; a job does the rest."""
    bulk.continue_act(entry_id, _PERFORM)


def run_pending() -> None:
    """Continue unfinished acts on many; for a job."""
    bulk.run_pending(_PERFORM)
