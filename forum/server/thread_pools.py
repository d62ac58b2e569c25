"""The threads of a worker, and who may use them: the site's own work, files that cost little, and probes apart.

A probe that hangs because the database does takes no thread from anybody, and neither do a thousand style sheets.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from forum.middleware.guest_cache.request_tasks import RequestKind
from forum.middleware.guest_cache.response import RawResponse
from forum.server.admission import Admission, Quota

AT_ONCE = 7  # requests that a worker works on, and threads that it has for them: each holds memory and connections
# One place always remains that only members can take, and one that members cannot: neither locks out the other.
SITE = {
    RequestKind.MEMBER: Quota(AT_ONCE - 1, 200, 10.0),
    RequestKind.CACHED: Quota(2, 50, 2.0),
    RequestKind.FORM: Quota(2, 22, 2.0),
    RequestKind.PAGE: Quota(2, 22, 2.0),
    RequestKind.ROBOT: Quota(2, 4, 2.0, counted_as=RequestKind.PAGE),
}
STATIC = {RequestKind.STATIC: Quota(1, 1000, 10.0)}
PROBES = {RequestKind.PROBE: Quota(1, 10, 5.0)}


class Lane:
    """Threads, and the turns before them."""

    def __init__(self, name: str, threads: int, quotas: dict[RequestKind, Quota]) -> None:
        self._admission = Admission(threads, quotas)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, visit: RequestKind, work: Callable[[], RawResponse]) -> RawResponse | None:
        """The work's outcome; None if there is no turn to be had."""
        async with self._admission.place(visit) as has_place:
            if not has_place:
                return None
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """End the threads once they have done what they are at."""
        self._pool.shutdown()


class Lanes:
    """Every lane of a worker."""

    def __init__(self) -> None:
        self._quotas = SITE | STATIC | PROBES
        lanes = Lane("site", AT_ONCE, SITE), Lane("static", 1, STATIC), Lane("probe", 1, PROBES)
        self._of = {visit: lane for lane, quotas in zip(lanes, (SITE, STATIC, PROBES), strict=True) for visit in quotas}

    def close(self) -> None:
        """End the threads once they have done what they are at."""
        for lane in self._of.values():
            lane.close()

    def patience_of(self, visit: RequestKind) -> float:
        """Seconds for which a visit waits for its turn."""
        return self._quotas[visit].seconds

    async def run(self, visit: RequestKind, work: Callable[[], RawResponse]) -> RawResponse | None:
        """The work's outcome; None if there is no turn to be had."""
        return await self._of[visit].run(visit, work)
