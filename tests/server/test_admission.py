"""Admission control: few requests run at once, few wait, and quotas decide which goes first."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from forum.middleware.guest_cache.request_tasks import RequestKind
from forum.server.admission import Admission, Quota
from forum.server.thread_pools import AT_ONCE, SITE
from tests.server.loops import run


class Crowd:
    """Requests that run until the test ends them."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self.inside: list[str] = []
        self.refused: list[str] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._may_go: dict[str, asyncio.Event] = {}

    async def come(self, name: str, visit: RequestKind) -> None:
        """Arrive, and be admitted, queued or refused."""
        self._may_go[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._stay(name, visit))
        await asyncio.sleep(0)

    async def _stay(self, name: str, visit: RequestKind) -> None:
        async with self._admission.place(visit) as has_place:
            if not has_place:
                self.refused.append(name)
                return
            self.inside.append(name)
            await self._may_go[name].wait()

    async def go(self, name: str) -> None:
        """End, and let the next one in."""
        self._may_go[name].set()
        await self._tasks[name]
        self.inside.remove(name)
        await _turns()

    async def give_up(self, name: str) -> None:
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


def trial(story: Callable[[Crowd], Awaitable[None]], places: int = 3, **changed: Quota) -> None:
    async def whole() -> None:
        await story(Crowd(Admission(places, quotas(**changed))))

    run(whole())


def test_requests_beyond_the_limit_wait_and_beyond_the_queue_are_refused() -> None:
    async def story(crowd: Crowd) -> None:
        for number in range(5):
            await crowd.come(f"page {number}", RequestKind.PAGE)
        assert crowd.inside == ["page 0"]
        assert crowd.refused == ["page 3", "page 4"]
        await crowd.go("page 0")
        assert crowd.inside == ["page 1"]

    trial(story)


def test_a_request_that_waits_too_long_is_refused_and_takes_no_slot() -> None:
    async def story(crowd: Crowd) -> None:
        await crowd.come("first", RequestKind.PAGE)
        await crowd.come("second", RequestKind.PAGE)
        await asyncio.sleep(0.1)
        assert crowd.refused == ["second"]
        await crowd.go("first")
        await crowd.come("third", RequestKind.PAGE)
        assert crowd.inside == ["third"]

    trial(story, page=Quota(1, 2, 0.02))


def test_members_go_first_then_people_then_robots() -> None:
    async def story(crowd: Crowd) -> None:
        await crowd.come("at work", RequestKind.PAGE)
        await crowd.come("robot", RequestKind.ROBOT)
        await crowd.come("guest", RequestKind.PAGE)
        await crowd.come("member", RequestKind.MEMBER)
        assert crowd.inside == ["at work"]
        await crowd.go("at work")
        assert crowd.inside == ["member"]
        await crowd.go("member")
        assert crowd.inside == ["guest"]
        await crowd.go("guest")
        assert crowd.inside == ["robot"]

    trial(story, places=1)


def test_a_kind_takes_no_more_than_its_own_slots_even_if_others_are_free() -> None:
    async def story(crowd: Crowd) -> None:
        for number in range(4):
            await crowd.come(f"member {number}", RequestKind.MEMBER)
        await crowd.come("guest", RequestKind.PAGE)
        await crowd.come("robot", RequestKind.ROBOT)
        assert crowd.inside == ["member 0", "member 1", "guest"]
        await crowd.go("guest")
        assert crowd.inside == ["member 0", "member 1", "robot"]

    trial(story)


def test_a_cancelled_waiting_request_leaves_the_queue_and_a_cancelled_running_one_frees_its_slot() -> None:
    async def story(crowd: Crowd) -> None:
        for name in ("inside", "waiting", "last"):
            await crowd.come(name, RequestKind.PAGE)
        await crowd.give_up("waiting")
        await crowd.give_up("inside")
        assert crowd.inside == ["inside", "last"]

    trial(story)


def test_all_slots_are_free_again_after_any_order_of_arriving_waiting_and_cancelling() -> None:
    async def story() -> None:
        admission = Admission(AT_ONCE, SITE)

        async def visit(number: int, visit: RequestKind) -> None:
            async with admission.place(visit) as has_place:
                if has_place and number % 7 == 0:
                    raise ZeroDivisionError
                await asyncio.sleep(0.001 * (number % 3))

        kinds = list(SITE)
        tasks = [asyncio.create_task(visit(n, kinds[n % len(kinds)])) for n in range(300)]
        for number, task in enumerate(tasks):
            if number % 11 == 0:
                task.cancel()
            if number % 50 == 0:
                await asyncio.sleep(0.001)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert admission._left == AT_ONCE
        assert not any(admission._working.values())
        assert not any(admission._queues.values())

    run(story())


def test_neither_members_nor_guests_can_take_every_slot() -> None:
    guests = [quota for visit, quota in SITE.items() if visit is not RequestKind.MEMBER and quota.counted_as is None]
    assert SITE[RequestKind.MEMBER].at_once < AT_ONCE
    assert sum(quota.at_once for quota in guests) < AT_ONCE
