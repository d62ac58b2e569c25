"""Reads a whole request body within its size limit and deadline, before the request takes any other resource.

A slow body costs a coroutine and the bytes received so far. Their total is bounded; when it is exceeded, the body that
has been arriving longest is dropped with a timeout.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from forum.body_limits import BodyLimit

Receive = Callable[[], Awaitable[dict[str, Any]]]
DISCARDED_BYTES, DISCARDED_SECONDS = 4 * 2**20, 3.0  # read from a body that is too large, so that the client sees a 413


class TooLarge(Exception):
    """The body is larger than its limit (413)."""


class TooSlow(Exception):
    """The body did not arrive in time (408)."""


class Disconnected(Exception):
    """The client disconnected before its body was complete."""


class BodyReader:
    """Reads bodies concurrently, buffering at most `most_bytes` of incomplete bodies in total."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._held = most_bytes, 0
        self._reading: dict[asyncio.Timeout, int] = {}  # bytes that came so far, oldest first

    async def read(self, receive: Receive, limit: BodyLimit, length: int | None, *, asks_first: bool = False) -> bytes:
        """The whole body; `length` is its Content-Length, None if not declared.

        `asks_first`: the client waits for permission to send it (Expect: 100-continue).

        Raises:
            TooLarge, TooSlow, Disconnected
        """
        if length is not None and length > limit.most_bytes:
            if not asks_first:
                await _discard(receive, length)
            raise TooLarge
        try:
            async with asyncio.timeout(limit.seconds) as deadline:
                self._reading[deadline] = 0
                return await self._collect(receive, limit, deadline)
        except TimeoutError as error:
            raise TooSlow from error
        finally:
            self._held -= self._reading.pop(deadline)

    async def _collect(self, receive: Receive, limit: BodyLimit, deadline: asyncio.Timeout) -> bytes:
        parts, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            part = message.get("body", b"")
            size += len(part)
            if size > limit.most_bytes:
                raise TooLarge
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)
            self._hold(deadline, len(part))

    def _hold(self, deadline: asyncio.Timeout, more: int) -> None:
        self._reading[deadline] += more
        self._held += more
        now = asyncio.get_running_loop().time()
        for oldest, held in list(self._reading.items()):
            if self._held <= self._most:
                return
            if held:
                oldest.reschedule(now)
                self._held -= held
                self._reading[oldest] = 0


async def _discard(receive: Receive, length: int) -> None:
    """Drain the body: a browser that gets a response while it still sends reports a connection error instead."""
    if length > DISCARDED_BYTES:
        return
    try:
        async with asyncio.timeout(DISCARDED_SECONDS):
            while (message := await receive())["type"] == "http.request" and message.get("more_body"):
                pass
    except TimeoutError:
        return
