"""Heartbeats that wait: answered as soon as somebody replies in their thread, else after a while.

A page that is read asks again as soon as it was answered. While it waits it holds a coroutine, and neither a thread
nor a connection to a database; for all who wait there is one look a TICK. So a reply is on all screens within seconds,
and a page that nothing happens to sends fewer requests than one that asks every five seconds.
"""

import asyncio
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from forum.middleware.guest_cache.heartbeat_cache import HEARTBEAT_PATH, REPLY_POSITION_KEY, heartbeat_form
from forum.middleware.guest_cache.request_tasks import Incoming
from forum.middleware.guest_cache.validators import Validators
from forum.presence.heartbeat_tickets import age_of
from forum.server.request_body import Disconnected, Receive

log = logging.getLogger("forum.server")

TICK = 0.5  # seconds between two looks at what was written
TICK_OF_SERVER = 1.0  # the same where a database server is asked
HOLD_SECONDS = 20.0  # shorter than proxies wait for an answer, and than a sign of life is good
PACES = (5, 20)  # seconds from one answer to the next at least, where only somebody came or left
FOLLOWS_SECONDS = 1.5  # after an answer; a page whose heartbeat begins to wait later may have missed who came or left
MOST_HELD = 4000  # of a worker; others are answered at once
SPREAD_SECONDS, SPREAD_EACH = 1.2, 0.005  # many who wait for the same reply are not answered all at once


@dataclass(eq=False, slots=True)
class _Held:
    thread_id: int
    after: int
    crowd: float | None  # as its page shows it; None if somebody may have come or left since
    since: float  # when its page was last answered
    pace: int
    over: asyncio.Future[int]  # the last position, if that is news


class HeldHeartbeats:
    """The heartbeats of a worker that wait; all of it runs on the event loop."""

    def __init__(
        self, freshness: Callable[[], Validators], crowd: Callable[[], float], is_stopping: Callable[[], bool]
    ) -> None:
        self._freshness, self._crowd, self._is_stopping = freshness, crowd, is_stopping
        self._held: dict[int, set[_Held]] = defaultdict(set)
        self._count, self._looked_at = 0, -1.0
        self._watch: asyncio.Task[None] | None = None

    async def wait(self, incoming: Incoming, receive: Receive, *, secret_key: str) -> bool:
        """Wait if the request is a heartbeat that may: whether it did. Raises Disconnected when its page is left."""
        beat = HEARTBEAT_PATH.fullmatch(incoming.path) if incoming.environ["REQUEST_METHOD"] == "POST" else None
        said = heartbeat_form(incoming.environ) if beat else None
        if beat is None or said is None or self._count >= MOST_HELD or self._is_stopping():
            return False
        thread_id = int(beat[1])
        age = age_of(said.ticket, thread_id, secret_key=secret_key) if said.ticket else None
        if age is None:
            return False
        loop = asyncio.get_running_loop()
        pace = max(PACES[0], min(said.pace, PACES[1]))
        crowd = self._crowd() if age < FOLLOWS_SECONDS else None
        held = _Held(thread_id, said.after, crowd, loop.time() - age, pace, loop.create_future())
        await self._hold(held, receive)
        if held.over.done() and held.over.result():
            incoming.environ[REPLY_POSITION_KEY] = held.over.result()  # what was answered to others before is too old
        return True

    async def _hold(self, held: _Held, receive: Receive) -> None:
        self._held[held.thread_id].add(held)
        self._count += 1
        self._looked_at = -1.0  # what was written before it came is new to it
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look_on())
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            ends: set[asyncio.Future[Any]] = {held.over, gone}
            await asyncio.wait(ends, timeout=HOLD_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if gone.done() and not held.over.done():
                raise Disconnected
        finally:
            gone.cancel()
            self._count -= 1
            self._held[held.thread_id].discard(held)
            if not self._held[held.thread_id]:
                del self._held[held.thread_id]

    async def _look_on(self) -> None:
        """Look until nobody waits."""
        while self._count:
            await asyncio.sleep(TICK_OF_SERVER if self._freshness().waits else TICK)
            try:
                self._release(await self._positions())
            except (sqlite3.Error, SQLAlchemyError) as error:
                log.warning("cannot look for replies: %s", type(error).__name__)

    async def _positions(self) -> Mapping[int, int]:
        """The last positions of the threads that are waited for; none if nothing was written."""
        freshness, threads = self._freshness(), list(self._held)
        change = freshness.content()
        if change == self._looked_at:
            return {}
        self._looked_at = change
        if freshness.waits:
            return await asyncio.to_thread(freshness.positions, threads)
        return freshness.positions(threads)

    def _release(self, positions: Mapping[int, int]) -> None:
        loop, is_stopping, crowd = asyncio.get_running_loop(), self._is_stopping(), self._crowd()
        for thread_id, waiting in self._held.items():
            last = positions.get(thread_id, 0)
            told = [held for held in waiting if held.after < last]
            delay = min(SPREAD_EACH, SPREAD_SECONDS / max(1, len(told)))
            for number, held in enumerate(told):
                loop.call_later(number * delay, partial(_end, held, last))
            for held in waiting:
                if is_stopping or (held.crowd != crowd and loop.time() - held.since >= held.pace):
                    _end(held)


def _end(held: _Held, last: int = 0) -> None:
    if not held.over.done():
        held.over.set_result(last)


async def _until_gone(receive: Receive) -> None:
    """Ends when the client closes its connection: after the body nothing else comes."""
    await receive()
