"""Reads a request's body whole, within its size and its time, before anything is held for the request.

A slow body costs the server a coroutine and the bytes that came so far. Of these there is a bounded amount; when it is
used up, the body that has been waiting longest is given up for the others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from forum.body_limits import BodyLimit

Receive = Callable[[], Awaitable[dict[str, Any]]]
DISCARDED_BYTES, DISCARDED_SECONDS = 4 * 2**20, 3.0  # of a body that is too large, so that its sender hears that


class TooLarge(Exception):
    """The body is larger than it may be (413)."""


class TooSlow(Exception):
    """The body did not come in time (408)."""


class Disconnected(Exception):
    """The client went away before its body was whole."""


class BodyReader:
    """Reads bodies side by side, together up to so many bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._held = most_bytes, 0
        self._reading: dict[asyncio.Timeout, int] = {}  # bytes that came so far, oldest first

    async def read(self, receive: Receive, limit: BodyLimit, length: int | None, *, asks_first: bool = False) -> bytes:
        """The whole body; `length` is what it is said to have, None if nothing is said.

        `asks_first`: the client sends it only once it is asked for (Expect: 100-continue).

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
    """Read what is sent nevertheless: a browser that is answered while it sends shows a broken line instead."""
    if length > DISCARDED_BYTES:
        return
    try:
        async with asyncio.timeout(DISCARDED_SECONDS):
            while (message := await receive())["type"] == "http.request" and message.get("more_body"):
                pass
    except TimeoutError:
        return
