"""Work on an account in steps and slices: a row says in which step a job is and how far, so that it continues there."""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from forum.infra.database.db import on_sqlite, session

MAX_TRANSACTION_SECONDS = 0.02  # after which a transaction ends with its slice: SQLite has one writer at a time
MAX_RUN_SECONDS = 1.5  # after which other jobs run


class Progress(Protocol):
    """A row that records the progress: the step, empty before the first and after the last, and how far it is."""

    step: str
    done_to: int


def advance(row: Progress, steps: Mapping[str, Callable[[], int | None]], locking: Collection[str]) -> bool:
    """Do the next slices until the time limit, at least one; returns whether the last step is finished.

    A step returns the position that it has reached, None at its end. On PostgreSQL, a transaction has one slice of a
    step in `locking`, which locks a thread: others may lock several threads in another order.
    """
    names, end = [*steps, ""], time.monotonic() + MAX_TRANSACTION_SECONDS
    row.step = row.step or names[0]
    while row.step:
        reached = steps[row.step]()
        if reached is None:
            row.step, row.done_to = names[names.index(row.step) + 1], 0
        else:
            row.done_to = reached
        session.flush()
        if time.monotonic() >= end or (row.step in locking and not on_sqlite()):
            break
    return not row.step


def run_slices(next_id: Callable[[], int | None], work: Callable[[int], None]) -> None:
    """Work on what `next_id` finds for MAX_RUN_SECONDS in short transactions, pausing as long between them."""
    end = time.monotonic() + MAX_RUN_SECONDS
    while time.monotonic() < end and (number := next_id()) is not None:
        began = time.monotonic()
        work(number)
        time.sleep(time.monotonic() - began)
