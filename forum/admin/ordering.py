"""Move a row one place among its siblings."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class HasOrder(Protocol):
    """A row with a place among its siblings."""

    order: int


Ordered = TypeVar("Ordered", bound=HasOrder)


def move_one_place(siblings: Sequence[Ordered], row: Ordered, *, up: bool) -> tuple[int, int] | None:
    """Renumber the siblings with the row one place up or down; returns its places before and after, from 1.

    None if it is the first or the last already.
    """
    rows = list(siblings)
    before = rows.index(row)
    after = before + (-1 if up else 1)
    if not 0 <= after < len(rows):
        return None
    rows.insert(after, rows.pop(before))
    for order, sibling in enumerate(rows):
        sibling.order = order
    return before + 1, after + 1
