"""Views in the ephemeral database (SQLite or PostgreSQL)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from forum.infra import clock
from forum.infra.database.db import ephemeral_transaction
from forum.presence.memory import RowQuota
from forum.presence.rules import MEMBER, VIEW_SECONDS, VIEWS_REMEMBERED
from forum.presence.store import View

_COUNT = text(
    "INSERT INTO volatile_view (thread_id, visitor, counted_at, owed) VALUES (:thread_id, :visitor, :now, 1) "
    "ON CONFLICT (thread_id, visitor) DO UPDATE "
    "SET counted_at = excluded.counted_at, owed = volatile_view.owed + 1 WHERE volatile_view.counted_at <= :before"
)
_ROWS = text("SELECT count(*) FROM volatile_view")
_IS_OWED = text("SELECT 1 FROM volatile_view WHERE owed > 0 LIMIT 1")
_OWED = text("SELECT thread_id, sum(owed) FROM volatile_view WHERE owed > 0 GROUP BY thread_id")
_LAST_BATCH = text("SELECT max(batch) FROM volatile_view_batch")
_FILL = text(
    "INSERT INTO volatile_view_batch (batch, thread_id, views) "
    "SELECT :batch, thread_id, sum(owed) FROM volatile_view WHERE owed > 0 GROUP BY thread_id"
)
_SETTLE = text("UPDATE volatile_view SET owed = 0 WHERE owed > 0")
_BATCHES = text("SELECT batch, thread_id, views FROM volatile_view_batch ORDER BY batch, thread_id")
_DROP = text("DELETE FROM volatile_view_batch WHERE batch <= :batch")
_PURGE = text("DELETE FROM volatile_view WHERE counted_at <= :before AND owed = 0")


class DatabaseViews:
    """One row per visitor and thread, with the number of pending views."""

    def __init__(self) -> None:
        self._quota = RowQuota(VIEWS_REMEMBERED)

    def count(self, thread_id: int, visitor: str, now: float) -> bool:
        """Insert or update a row, usually with one statement."""
        row = _row(View(thread_id, visitor, now))
        with ephemeral_transaction() as connection:
            is_guest = not visitor.startswith(MEMBER)
            if is_guest and not self._quota.take(now, lambda: connection.execute(_ROWS).scalar() or 0):
                return False
            return connection.execute(_COUNT, row).rowcount > 0

    def count_all(self, views: Sequence[View]) -> None:
        """Insert or update rows in one transaction."""
        with ephemeral_transaction() as connection:

            def row_count() -> int:
                return int(connection.execute(_ROWS).scalar() or 0)

            rows = [_row(view) for view in views if self._quota.take(view.now, row_count)]
            if rows:
                connection.execute(_COUNT, sorted(rows, key=lambda row: (row["thread_id"], row["visitor"])))

    def pending(self) -> Mapping[int, int]:
        """Views by thread that are not in a batch yet."""
        with ephemeral_transaction(writing=False) as connection:
            return {thread_id: int(views) for thread_id, views in connection.execute(_OWED)}

    def make_batch(self, after: int) -> None:
        """Move pending views into a new batch, with concurrent writers locked out."""
        with ephemeral_transaction() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("LOCK TABLE volatile_view IN EXCLUSIVE MODE"))
            if connection.execute(_IS_OWED).first() is None:
                return
            last = connection.execute(_LAST_BATCH).scalar() or 0
            number = max(after + 1, last + 1, int(clock.now().timestamp() * 1_000_000))
            connection.execute(_FILL, {"batch": number})
            connection.execute(_SETTLE)

    def batches(self) -> Mapping[int, Mapping[int, int]]:
        """Batches by number, each with views by thread."""
        batches: dict[int, dict[int, int]] = defaultdict(dict)
        with ephemeral_transaction(writing=False) as connection:
            for batch, thread_id, views in connection.execute(_BATCHES):
                batches[batch][thread_id] = views
        return batches

    def drop_batches(self, up_to: int) -> None:
        """Delete the batches that have been added to the threads."""
        with ephemeral_transaction() as connection:
            connection.execute(_DROP, {"batch": up_to})

    def purge_views(self, before: float) -> None:
        """Delete views counted before a time, except pending ones."""
        with ephemeral_transaction() as connection:
            connection.execute(_PURGE, {"before": before})


def _row(view: View) -> dict[str, Any]:
    return {"thread_id": view.thread_id, "visitor": view.visitor, "now": view.now, "before": view.now - VIEW_SECONDS}
