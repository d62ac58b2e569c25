"""Held heartbeats (long polling): answered as soon as somebody replies in their thread, else after HOLD_SECONDS.

An open page sends its next heartbeat as soon as the last one was answered. A held heartbeat costs a coroutine, but no
thread and no database connection; all of them share one check per CHECK_SECONDS. So a reply is on all screens within
seconds, and an idle page sends fewer requests than one that polls every five seconds.
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
from forum.middleware.guest_cache.request_tasks import IncomingRequest
from forum.middleware.guest_cache.validators import Validators
from forum.presence.heartbeat_tickets import age_of
from forum.server.request_body import Disconnected, Receive

log = logging.getLogger("forum.server")

CHECK_SECONDS = 0.5  # seconds between two checks for writes
SERVER_CHECK_SECONDS = 1.0  # the same for a database server
HOLD_SECONDS = 20.0  # shorter than proxy timeouts, and than a heartbeat counts as alive
PACES = (5, 20)  # bounds of the minimum seconds between two responses when only the viewers changed
FOLLOWS_SECONDS = 1.5  # after a response; a heartbeat held later than that may have missed viewer changes
MAX_HELD = 4000  # per worker; more are answered at once
SPREAD_SECONDS, SPREAD_EACH = 1.2, 0.005  # spread the responses to many who wait for the same reply


@dataclass(eq=False, slots=True)
class _HeldRequest:
    thread_id: int
    after: int
    viewers_version: float | None  # as its page shows it; None if it may have missed a change
    since: float  # when its page last got a response
    pace: int
    over: asyncio.Future[int]  # the position of a new last post, else 0


class HeldHeartbeats:
    """The held heartbeats of a worker; runs on the event loop."""

    def __init__(
        self,
        validators: Callable[[], Validators],
        viewers_version: Callable[[], float],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._validators, self._viewers_version, self._is_stopping = validators, viewers_version, is_stopping
        self._held: dict[int, set[_HeldRequest]] = defaultdict(set)
        self._count, self._checked_at = 0, -1.0
        self._watch: asyncio.Task[None] | None = None

    async def wait(self, incoming: IncomingRequest, receive: Receive, *, secret_key: str) -> bool:
        """Hold the request if it is a heartbeat with a valid ticket; returns whether it was held.

        Raises Disconnected if the client closes the connection meanwhile.
        """
        match = HEARTBEAT_PATH.fullmatch(incoming.path) if incoming.environ["REQUEST_METHOD"] == "POST" else None
        form = heartbeat_form(incoming.environ) if match else None
        if match is None or form is None or self._count >= MAX_HELD or self._is_stopping():
            return False
        thread_id = int(match[1])
        age = age_of(form.ticket, thread_id, secret_key=secret_key) if form.ticket else None
        if age is None:
            return False
        loop = asyncio.get_running_loop()
        pace = max(PACES[0], min(form.pace, PACES[1]))
        viewers_version = self._viewers_version() if age < FOLLOWS_SECONDS else None
        held = _HeldRequest(thread_id, form.after, viewers_version, loop.time() - age, pace, loop.create_future())
        await self._hold(held, receive)
        if held.over.done() and held.over.result():
            incoming.environ[REPLY_POSITION_KEY] = (
                held.over.result()
            )  # part of the cache key: earlier responses are stale
        return True

    async def _hold(self, held: _HeldRequest, receive: Receive) -> None:
        self._held[held.thread_id].add(held)
        self._count += 1
        self._checked_at = -1.0  # check again: earlier writes may be new to this page
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_for_changes())
        disconnected = asyncio.ensure_future(_until_disconnected(receive))
        try:
            ends: set[asyncio.Future[Any]] = {held.over, disconnected}
            await asyncio.wait(ends, timeout=HOLD_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if disconnected.done() and not held.over.done():
                raise Disconnected
        finally:
            disconnected.cancel()
            self._count -= 1
            self._held[held.thread_id].discard(held)
            if not self._held[held.thread_id]:
                del self._held[held.thread_id]

    async def _watch_for_changes(self) -> None:
        """Check for changes until no heartbeat is held."""
        while self._count:
            await asyncio.sleep(SERVER_CHECK_SECONDS if self._validators().waits else CHECK_SECONDS)
            try:
                self._release(await self._positions())
            except (sqlite3.Error, SQLAlchemyError) as error:
                log.warning("cannot check for replies: %s", type(error).__name__)

    async def _positions(self) -> Mapping[int, int]:
        """The last positions of the threads with held heartbeats; empty if nothing was written."""
        validators, threads = self._validators(), list(self._held)
        change = validators.content()
        if change == self._checked_at:
            return {}
        self._checked_at = change
        if validators.waits:
            return await asyncio.to_thread(validators.positions, threads)
        return validators.positions(threads)

    def _release(self, positions: Mapping[int, int]) -> None:
        loop, is_stopping, viewers_version = asyncio.get_running_loop(), self._is_stopping(), self._viewers_version()
        for thread_id, waiting in self._held.items():
            last = positions.get(thread_id, 0)
            to_answer = [held for held in waiting if held.after < last]
            delay = min(SPREAD_EACH, SPREAD_SECONDS / max(1, len(to_answer)))
            for number, held in enumerate(to_answer):
                loop.call_later(number * delay, partial(_end, held, last))
            for held in waiting:
                if is_stopping or (held.viewers_version != viewers_version and loop.time() - held.since >= held.pace):
                    _end(held)


def _end(held: _HeldRequest, last: int = 0) -> None:
    if not held.over.done():
        held.over.set_result(last)


async def _until_disconnected(receive: Receive) -> None:
    """Return when the client closes its connection: nothing else follows the body."""
    await receive()
