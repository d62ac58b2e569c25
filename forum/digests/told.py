"""Of which threads a member was told in digests, so that they are not told twice."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from forum.digests.rules import TOLD_LIFETIME


class Told(NamedTuple):
    """The last position of a thread when it was told, of which generation, and the day."""

    position: int
    generation: int
    day: int


def read_told(stored: str) -> dict[int, Told]:
    """The threads that were told, by their ids."""
    return {int(thread_id): Told(*values) for thread_id, values in json.loads(stored or "{}").items()}


def with_told(before: Mapping[int, Told], threads: Iterable[tuple[int, int, int]], now: datetime) -> str:
    """What to store once threads, with their positions and generations, are told; old ones are forgotten."""
    today, oldest = _day(now), _day(now - TOLD_LIFETIME)
    after = {thread_id: told for thread_id, told in before.items() if told.day >= oldest}
    after |= {thread_id: Told(position, generation, today) for thread_id, position, generation in threads}
    return json.dumps({str(thread_id): list(told) for thread_id, told in after.items()}, separators=(",", ":"))


def _day(moment: datetime) -> int:
    return moment.toordinal()
