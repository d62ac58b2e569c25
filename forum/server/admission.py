"""Admission control: limits how many requests run at once and how many may queue, and orders them by priority.

It runs on the event loop: a queued request holds a future, but no thread and no database connection.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from forum.middleware.guest_cache.request_tasks import RequestKind


@dataclass(frozen=True)
class Quota:
    """How many requests of a kind may run and may queue, and for how many seconds they queue at most.

    `counted_as`: another kind whose `at_once` limit this kind shares.
    """

    at_once: int
    waiting: int
    seconds: float
    counted_as: RequestKind | None = None


class Admission:
    """Slots with one queue per request kind; the order of `quotas` is the order of priority."""

    def __init__(self, places: int, quotas: Mapping[RequestKind, Quota]) -> None:
        self._left, self._quotas = places, quotas
        self._working: Counter[RequestKind] = Counter()
        self._queues: dict[RequestKind, deque[asyncio.Future[None]]] = {kind: deque() for kind in quotas}

    @asynccontextmanager
    async def place(self, kind: RequestKind) -> AsyncIterator[bool]:
        """Wait for a slot and hold it for the block; yields False if the queue is full or the wait times out."""
        has_slot = await self._enter(kind)
        try:
            yield has_slot
        finally:
            if has_slot:
                self._leave(kind)

    async def _enter(self, kind: RequestKind) -> bool:
        queue, quota = self._queues[kind], self._quotas[kind]
        if self._is_free(kind) and not queue:
            self._take(kind)
            return True
        if len(queue) >= quota.waiting:
            return False
        admitted = asyncio.get_running_loop().create_future()
        queue.append(admitted)
        try:
            await asyncio.wait([admitted], timeout=quota.seconds)
        except asyncio.CancelledError:
            if admitted.done():  # the slot was granted just before the cancellation
                self._leave(kind)
            else:
                queue.remove(admitted)
            raise
        if not admitted.done():
            queue.remove(admitted)
        return admitted.done()

    def _is_free(self, kind: RequestKind) -> bool:
        counted = self._counted(kind)
        return self._left > 0 and self._working[counted] < self._quotas[counted].at_once

    def _counted(self, kind: RequestKind) -> RequestKind:
        return self._quotas[kind].counted_as or kind

    def _take(self, kind: RequestKind) -> None:
        self._left -= 1
        self._working[self._counted(kind)] += 1

    def _leave(self, kind: RequestKind) -> None:
        self._left += 1
        self._working[self._counted(kind)] -= 1
        self._admit()

    def _admit(self) -> None:
        """Give free slots to queued requests: by priority of their kind, then first come, first served."""
        for kind, queue in self._queues.items():
            while queue and self._is_free(kind):
                self._take(kind)
                queue.popleft().set_result(None)
