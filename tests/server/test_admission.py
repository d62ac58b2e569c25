"""Admission control: few requests run at once, few wait, and quotas decide which goes first."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from forum.middleware.guest_cache.request_tasks import RequestKind
from forum.server.admission import Admission, Quota
from forum.server.thread_pools import SITE_QUOTAS, SITE_THREADS
from tests.server.event_loop import run


class Requests:
    """Requests that run until the test ends them."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self.admitted: list[str] = []
        self.refused: list[str] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._may_finish: dict[str, asyncio.Event] = {}

    async def arrive(self, name: str, kind: RequestKind) -> None:
        """Arrive, and be admitted, queued or refused."""
        self._may_finish[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._run(name, kind))
        await asyncio.sleep(0)

    async def _run(self, name: str, kind: RequestKind) -> None:
        async with self._admission.place(kind) as has_place:
            if not has_place:
                self.refused.append(name)
                return
            self.admitted.append(name)
            await self._may_finish[name].wait()

    async def finish(self, name: str) -> None:
        """End, and let the next one in."""
        self._may_finish[name].set()
        await self._tasks[name]
        self.admitted.remove(name)
        await _turns()

    async def cancel(self, name: str) -> None:
        """Be cancelled, as when the server stops."""
        self._tasks[name].cancel()
        with pytest.raises(asyncio.CancelledError):
            await self._tasks[name]
        await _turns()


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def quotas(**changed: Quota) -> dict[RequestKind, Quota]:
    plain = {RequestKind.MEMBER: Quota(2, 5, 5.0), RequestKind.PAGE: Quota(1, 2, 5.0)}
    robots = {RequestKind.ROBOT: Quota(1, 1, 5.0, counted_as=RequestKind.PAGE)}
    return plain | robots | {RequestKind[name.upper()]: quota for name, quota in changed.items()}


def run_scenario(scenario: Callable[[Requests], Awaitable[None]], places: int = 3, **changed: Quota) -> None:
    async def whole() -> None:
        await scenario(Requests(Admission(places, quotas(**changed))))

    run(whole())


def test_requests_beyond_the_limit_wait_and_beyond_the_queue_are_refused() -> None:
    async def scenario(requests: Requests) -> None:
        for number in range(5):
            await requests.arrive(f"page {number}", RequestKind.PAGE)
        assert requests.admitted == ["page 0"]
        assert requests.refused == ["page 3", "page 4"]
        await requests.finish("page 0")
        assert requests.admitted == ["page 1"]

    run_scenario(scenario)


def test_a_request_that_waits_too_long_is_refused_and_takes_no_slot() -> None:
    async def scenario(requests: Requests) -> None:
        await requests.arrive("first", RequestKind.PAGE)
        await requests.arrive("second", RequestKind.PAGE)
        await asyncio.sleep(0.1)
        assert requests.refused == ["second"]
        await requests.finish("first")
        await requests.arrive("third", RequestKind.PAGE)
        assert requests.admitted == ["third"]

    run_scenario(scenario, page=Quota(1, 2, 0.02))


def test_members_go_first_then_people_then_robots() -> None:
    async def scenario(requests: Requests) -> None:
        await requests.arrive("at work", RequestKind.PAGE)
        await requests.arrive("robot", RequestKind.ROBOT)
        await requests.arrive("guest", RequestKind.PAGE)
        await requests.arrive("member", RequestKind.MEMBER)
        assert requests.admitted == ["at work"]
        await requests.finish("at work")
        assert requests.admitted == ["member"]
        await requests.finish("member")
        assert requests.admitted == ["guest"]
        await requests.finish("guest")
        assert requests.admitted == ["robot"]

    run_scenario(scenario, places=1)


def test_a_kind_takes_no_more_than_its_own_slots_even_if_others_are_free() -> None:
    async def scenario(requests: Requests) -> None:
        for number in range(4):
            await requests.arrive(f"member {number}", RequestKind.MEMBER)
        await requests.arrive("guest", RequestKind.PAGE)
        await requests.arrive("robot", RequestKind.ROBOT)
        assert requests.admitted == ["member 0", "member 1", "guest"]
        await requests.finish("guest")
        assert requests.admitted == ["member 0", "member 1", "robot"]

    run_scenario(scenario)


def test_a_cancelled_waiting_request_leaves_the_queue_and_a_cancelled_running_one_frees_its_slot() -> None:
    async def scenario(requests: Requests) -> None:
        for name in ("inside", "waiting", "last"):
            await requests.arrive(name, RequestKind.PAGE)
        await requests.cancel("waiting")
        await requests.cancel("inside")
        assert requests.admitted == ["inside", "last"]

    run_scenario(scenario)


def test_all_slots_are_free_again_after_any_order_of_arriving_waiting_and_cancelling() -> None:
    async def scenario() -> None:
        admission = Admission(SITE_THREADS, SITE_QUOTAS)

        async def kind(number: int, kind: RequestKind) -> None:
            async with admission.place(kind) as has_place:
                if has_place and number % 7 == 0:
                    raise ZeroDivisionError
                await asyncio.sleep(0.001 * (number % 3))

        kinds = list(SITE_QUOTAS)
        tasks = [asyncio.create_task(kind(n, kinds[n % len(kinds)])) for n in range(300)]
        for number, task in enumerate(tasks):
            if number % 11 == 0:
                task.cancel()
            if number % 50 == 0:
                await asyncio.sleep(0.001)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert admission._left == SITE_THREADS
        assert not any(admission._working.values())
        assert not any(admission._queues.values())

    run(scenario())


def test_neither_members_nor_guests_can_take_every_slot() -> None:
    guests = [
        quota for kind, quota in SITE_QUOTAS.items() if kind is not RequestKind.MEMBER and quota.counted_as is None
    ]
    assert SITE_QUOTAS[RequestKind.MEMBER].at_once < SITE_THREADS
    assert sum(quota.at_once for quota in guests) < SITE_THREADS
