"""How many requests are worked on at once, how many may wait for their turn, and who goes first.

All of it runs on the event loop: a request that waits holds a future, and neither a thread nor a database connection.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from forum.middleware.guest_cache.request_tasks import RequestKind


@dataclass(frozen=True)
class Quota:
    """How many visits of a kind may be worked on and may wait, and for how many seconds.

    `counted_as`: the kind among whose places these are, if it is another.
    """

    at_once: int
    waiting: int
    seconds: float
    counted_as: RequestKind | None = None


class Admission:
    """Places and the queues before them; kinds of visits that stand first in `quotas` go first."""

    def __init__(self, places: int, quotas: Mapping[RequestKind, Quota]) -> None:
        self._left, self._quotas = places, quotas
        self._working: Counter[RequestKind] = Counter()
        self._queues: dict[RequestKind, deque[asyncio.Future[None]]] = {visit: deque() for visit in quotas}

    @asynccontextmanager
    async def place(self, visit: RequestKind) -> AsyncIterator[bool]:
        """Wait for a place until the block ends; False if there is none to be had."""
        has_place = await self._enter(visit)
        try:
            yield has_place
        finally:
            if has_place:
                self._leave(visit)

    async def _enter(self, visit: RequestKind) -> bool:
        queue, quota = self._queues[visit], self._quotas[visit]
        if self._is_free(visit) and not queue:
            self._take(visit)
            return True
        if len(queue) >= quota.waiting:
            return False
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await asyncio.wait([turn], timeout=quota.seconds)
        except asyncio.CancelledError:
            if turn.done():  # the place came together with the end
                self._leave(visit)
            else:
                queue.remove(turn)
            raise
        if not turn.done():
            queue.remove(turn)
        return turn.done()

    def _is_free(self, visit: RequestKind) -> bool:
        counted = self._counted(visit)
        return self._left > 0 and self._working[counted] < self._quotas[counted].at_once

    def _counted(self, visit: RequestKind) -> RequestKind:
        return self._quotas[visit].counted_as or visit

    def _take(self, visit: RequestKind) -> None:
        self._left -= 1
        self._working[self._counted(visit)] += 1

    def _leave(self, visit: RequestKind) -> None:
        self._left += 1
        self._working[self._counted(visit)] -= 1
        self._admit()

    def _admit(self) -> None:
        """Give free places to those who wait, in the order of the kinds and within a kind of their coming."""
        for visit, queue in self._queues.items():
            while queue and self._is_free(visit):
                self._take(visit)
                queue.popleft().set_result(None)
