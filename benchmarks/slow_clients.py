"""Slow clients that hold connections as long as they can: slow bodies, slow headers, slow readers, idle connections.

Each reconnects when the server has closed its connection. Run as a separate process, it prints on standard output how
many of each kind are connected and, at its end, how often the server closed each kind.
"""

import argparse
import asyncio
import json
import random
import socket
import sys
from collections import Counter
from contextlib import suppress
from itertools import cycle
from typing import TYPE_CHECKING

from benchmarks.scenarios import AGENT
from tests.servers import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE = 2.0  # seconds between bytes
CONNECTED_AT_ONCE = 50
MAX_RECONNECT_SECONDS = 5.0  # at most so many seconds until a closed connection is reopened
PIPELINED = 40  # requests that a slow reader sends at once: the responses exceed the system's buffers
SMALL_BUFFER = 4096  # bytes, a slow reader's receive buffer
FORM = "application/x-www-form-urlencoded"


class SlowConnection:
    """A connection that is reopened whenever it is closed."""

    def __init__(self, kind: str, port: int, first: bytes, trickle: bytes, *, reads: int) -> None:
        self.kind, self._port = kind, port
        self._first, self._trickle, self._reads = first, trickle, reads
        self.closed = 0
        self.is_open = asyncio.Event()

    async def run(self, gate: asyncio.Semaphore) -> None:
        """Hold a connection until cancelled."""
        while True:
            with suppress(OSError):
                await self._hold(gate)
            self.closed += 1
            await asyncio.sleep(random.uniform(0, MAX_RECONNECT_SECONDS))  # noqa: S311 - so that not all reconnect at once

    async def _hold(self, gate: asyncio.Semaphore) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket() as line:
            line.setblocking(False)  # noqa: FBT003 - positional in the library
            if self._reads == 1:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            async with gate:
                await loop.sock_connect(line, (LOOPBACK, self._port))
                await loop.sock_sendall(line, self._first)
            self.is_open.set()
            while True:
                await self._move(loop, line)

    async def _move(self, loop: asyncio.AbstractEventLoop, line: socket.socket) -> None:
        """Transfer one more byte; clients that only send read too, to notice when the server closes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                received = await loop.sock_recv(line, self._reads)
                if not received:
                    raise ConnectionResetError
                if self._reads == 1:
                    await asyncio.sleep(PAUSE)
        if self._trickle:
            await loop.sock_sendall(line, self._trickle)


def lines(port: int, page: str, given: argparse.Namespace) -> list[SlowConnection]:
    """Create all slow clients."""
    host = f"Host: {LOOPBACK}:{port}\r\nUser-Agent: {AGENT}\r\n"
    slow_body, cookie = f"{host}Content-Type: {FORM}\r\nContent-Length: 3000\r\n", f"Cookie: {given.cookie}\r\n"
    targets = cycle(
        [
            ("/login", ""),
            ("/logout", ""),
            ("/reset", ""),
            (f"{page}/viewers", ""),
            ("/api/v1/threads/1/posts", ""),
            ("/drafts", cookie),
            (f"{page}/reply", cookie),
        ]
    )

    def body() -> SlowConnection:
        path, more = next(targets)
        return SlowConnection(
            "body", port, f"POST {path} HTTP/1.1\r\n{slow_body}{more}\r\nx".encode(), b"x", reads=65536
        )

    def header() -> SlowConnection:
        return SlowConnection("header", port, f"GET / HTTP/1.1\r\n{host}X-Slow: ".encode(), b"x", reads=65536)

    def reader() -> SlowConnection:
        asked = f"GET {page} HTTP/1.1\r\n{host}\r\n" * PIPELINED
        return SlowConnection("reader", port, asked.encode(), b"", reads=1)

    def idle() -> SlowConnection:
        return SlowConnection("idle", port, b"", b"", reads=65536)

    openers: list[tuple[Callable[[], SlowConnection], int]] = [
        (body, given.bodies),
        (header, given.headers),
        (reader, given.readers),
        (idle, given.idle),
    ]
    return [make() for make, many in openers for _ in range(many)]


async def _attack(given: argparse.Namespace) -> None:
    made, gate = lines(given.port, given.page, given), asyncio.Semaphore(CONNECTED_AT_ONCE)
    tasks = [asyncio.create_task(each.run(gate)) for each in made]
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(each.is_open.wait() for each in made)), given.patience)
    connected = Counter(each.kind for each in made if each.is_open.is_set())
    print(json.dumps({"connected": connected}), flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until the parent process closes it
    for each in tasks:
        each.cancel()
    closed: Counter[str] = Counter()
    for line in made:
        closed[line.kind] += line.closed
    print(json.dumps({"closed": closed}), flush=True)


def arguments() -> argparse.ArgumentParser:
    """The command line parser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--page", required=True, help="path of a thread")
    parser.add_argument("--cookie", required=True, help="of a member whose bodies are slow too")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds until all must be connected")
    for name, many in (("bodies", 500), ("headers", 500), ("readers", 500), ("idle", 3000)):
        parser.add_argument(f"--{name}", type=int, default=many)
    return parser


if __name__ == "__main__":
    asyncio.run(_attack(arguments().parse_args()))
