"""The thread pools of a worker: one each for pages and forms, static files, and probes.

So neither a probe that hangs on the database nor a thousand style sheets take a thread from the site's requests.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from forum.middleware.guest_cache.request_tasks import RequestKind
from forum.middleware.guest_cache.response import RawResponse
from forum.server.admission import Admission, Quota

SITE_THREADS = 7  # concurrent requests, and threads, per worker: each holds memory and connections
# One slot always remains for members only, and one for everybody else, so that neither locks the other out.
SITE_QUOTAS = {
    RequestKind.MEMBER: Quota(SITE_THREADS - 1, 200, 10.0),
    RequestKind.CACHED: Quota(2, 50, 2.0),
    RequestKind.FORM: Quota(2, 22, 2.0),
    RequestKind.PAGE: Quota(2, 22, 2.0),
    RequestKind.ROBOT: Quota(2, 4, 2.0, counted_as=RequestKind.PAGE),
}
STATIC_QUOTAS = {RequestKind.STATIC: Quota(1, 1000, 10.0)}
PROBE_QUOTAS = {RequestKind.PROBE: Quota(1, 10, 5.0)}


class Pool:
    """A thread pool behind admission control."""

    def __init__(self, name: str, threads: int, quotas: dict[RequestKind, Quota]) -> None:
        self._admission = Admission(threads, quotas)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, kind: RequestKind, work: Callable[[], RawResponse]) -> RawResponse | None:
        """Run the work in a thread; None if the request gets no slot."""
        async with self._admission.place(kind) as has_slot:
            if not has_slot:
                return None
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Wait for running work, then end the threads."""
        self._pool.shutdown()


class Pools:
    """The thread pools of a worker, by request kind."""

    def __init__(self) -> None:
        self._quotas = SITE_QUOTAS | STATIC_QUOTAS | PROBE_QUOTAS
        pools = (
            Pool("site", SITE_THREADS, SITE_QUOTAS),
            Pool("static", 1, STATIC_QUOTAS),
            Pool("probe", 1, PROBE_QUOTAS),
        )
        self._of = {
            kind: pool
            for pool, quotas in zip(pools, (SITE_QUOTAS, STATIC_QUOTAS, PROBE_QUOTAS), strict=True)
            for kind in quotas
        }

    def close(self) -> None:
        """Wait for running work, then end the threads."""
        for pool in self._of.values():
            pool.close()

    def patience_of(self, kind: RequestKind) -> float:
        """Seconds that a request of a kind waits for a slot."""
        return self._quotas[kind].seconds

    async def run(self, kind: RequestKind, work: Callable[[], RawResponse]) -> RawResponse | None:
        """Run the work in the pool for its kind; None if the request gets no slot."""
        return await self._of[kind].run(kind, work)
