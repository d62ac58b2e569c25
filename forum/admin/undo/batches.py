"""An act on many threads or posts is undone part by part; what was not done yet is left out."""

from collections.abc import Mapping

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from forum.admin.undo.kinds import UndoKind, Values
from forum.audit_log import Change, record
from forum.infra.database.db import session
from forum.models import BulkAct, LogChange, LogEntry, Member
from forum.moderation import bulk
from forum.moderation.reviews import may_moderate_some


def _present(_: LogEntry, __: Values) -> Values:
    return {}


def _begin(actor: Member, entry: LogEntry, _: Values, __: Values) -> None:
    """Begin to undo the parts of an act on many, the last first; undo.running does it."""
    act = bulk.locked(entry.id)
    if act is not None and act.pending:
        bulk.stop(act)
    later = aliased(LogChange)
    is_undone = exists().where(later.undoes_id == LogEntry.id)
    parts = select(LogEntry.id).join(LogChange, LogChange.entry_id == LogEntry.id)
    parts = parts.where(LogEntry.batch_id == entry.id, ~is_undone).order_by(LogEntry.id.desc())
    ids = list(session.scalars(parts))
    begun = record("undo-in-bulk", actor=actor, change=Change({}, {}), act=entry.details.get("act"), number=len(ids))
    bulk.add(begun, BulkAct(act="undo"), ids)


_KIND = UndoKind(_present, _begin, lambda actor, _: may_moderate_some(actor))
BULK_KINDS: Mapping[str, UndoKind] = {"moderate-in-bulk": _KIND, "undo-in-bulk": _KIND}
