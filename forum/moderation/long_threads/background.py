"""Work on long threads in short transactions; for jobs.

Each transaction stores how far it is, so that a killed process leaves nothing half done, and goes on only from where it
has read that the work is, so that two processes do nothing twice.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from typing import Generic, TypeVar

from sqlalchemy import select

from forum import page_versions
from forum.infra.database.db import on_sqlite, session, transaction
from forum.models import DeleteBackfill, Thread
from forum.models.moderation.long_threads.stepwise import Stepwise

MAX_JOB_SECONDS = 8.0  # after which other jobs run
MAX_TRANSACTION_SECONDS = 0.03  # after which a transaction ends: SQLite has one writer at a time
Row = TypeVar("Row", bound=Stepwise)


class Worker(ABC, Generic[Row]):
    """Carries out one row's work, and remembers what was read for the next transactions."""

    model: type[Row]

    def __init__(self, entry_id: int) -> None:
        self._entry_id = entry_id

    def go_on(self) -> bool:
        """Do the next part in a transaction of its own; whether more is left that can be done now."""
        session.rollback()
        row = session.get(self.model, self._entry_id, populate_existing=True)
        if row is None or not row.step:
            return False
        self._read_ahead(row)
        was = (row.step, row.cursor)
        with transaction():
            found = select(self.model).where(self.model.entry_id == self._entry_id).with_for_update()
            row = session.scalars(found, execution_options={"populate_existing": True}).one_or_none()
            if row is None or (row.step, row.cursor) != was:  # another process has gone on
                self._forget()
                return row is not None
            if not self._do(row, time.monotonic() + MAX_TRANSACTION_SECONDS):
                return False
            session.flush()
        return bool(row.step)

    def _read_ahead(self, row: Row) -> None:
        """Read what the next transactions need, as writers need not wait for that."""

    def _forget(self) -> None:
        """Forget what was read ahead."""

    @abstractmethod
    def _do(self, row: Row, end: float) -> bool:
        """Do some of the work until a time; whether it could be done now."""


def run_pending(model: type[Row], make: Callable[[int], Worker[Row]]) -> None:
    """Continue all unfinished work of a kind, with pauses as long as what it took."""
    end = time.monotonic() + MAX_JOB_SECONDS
    unfinished = select(model.entry_id).where(model.step != "").order_by(model.entry_id)
    for entry_id in session.scalars(unfinished).all():
        worker = make(entry_id)
        while time.monotonic() < end:
            began = time.monotonic()
            if not worker.go_on():
                break
            if on_sqlite():
                time.sleep(time.monotonic() - began)  # other writers look for its lock only now and then
    session.rollback()


def lock_public(*thread_ids: int, other_boards: Collection[int] = ()) -> list[Thread] | None:
    """Lock threads, and then their boards and others; None while one of them is hidden, or was just restored."""
    threads: dict[int, Thread] = {}
    for thread_id in sorted(thread_ids):
        thread = session.get(Thread, thread_id, populate_existing=True)
        if thread is None:
            return None
        page_versions.lock_thread(thread)
        threads[thread_id] = thread
    for thread_id, thread in threads.items():
        if not thread.is_public or session.get(DeleteBackfill, thread_id) is not None:
            return None
    page_versions.lock_boards(*{*other_boards, *(thread.board_id for thread in threads.values())})
    return [threads[thread_id] for thread_id in thread_ids]
