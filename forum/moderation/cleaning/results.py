"""How far a cleaning is, and how it went."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from forum.infra.database.db import session
from forum.models import LogChange, LogEntry, SpamCleaning

REMOVED = ("threads", "posts", "first_posts", "reactions", "cases")


@dataclass(frozen=True)
class Progress:
    """What was removed and brought back, and how much of all that is done."""

    state: str  # running, finished, undoing or undone
    removed: dict[str, int]
    refused: int
    addresses: int  # blocked
    restored: int
    kept: int
    done: int
    total: int


def progress_of(cleaning: SpamCleaning) -> Progress:
    """How far a cleaning is; while it is undone, how far that is."""
    counts = Counter(cleaning.counts)
    removed = Counter({name: counts[name] for name in REMOVED})
    restored, kept = counts["restored"], counts["kept"]
    if cleaning.undo_id is None:
        state, done, total = "running" if cleaning.is_running else "finished", removed.total(), cleaning.planned
    else:
        state, done, total = "undoing" if cleaning.is_running else "undone", restored + kept, _parts(cleaning)
    reached = min(done, total)
    return Progress(
        state, removed, counts["refused"] + counts["elsewhere"], counts["addresses"], restored, kept, reached, total
    )


def _parts(cleaning: SpamCleaning) -> int:
    parts = select(func.count()).select_from(LogEntry).join(LogChange, LogChange.entry_id == LogEntry.id)
    return session.scalar(parts.where(LogEntry.batch_id == cleaning.entry_id)) or 0
