"""Reads streams of server-sent events as a browser does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from forum.server.asgi import AsgiForum
from tests.server.asgi_client import scope_of

PATIENCE_SECONDS = 8


@dataclass
class Event:
    """An event that a stream sent."""

    name: str
    values: dict[str, Any]
    mark: str = ""


@dataclass
class Reading:
    """An open stream: its status, and what it was sent."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    is_over: bool = False
    events: list[Event] = field(default_factory=list)
    _seen: int = 0

    async def next(self, name: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The values of the next event of a kind."""
        async with asyncio.timeout(seconds):
            while True:
                while self._seen < len(self.events):
                    event = self.events[self._seen]
                    self._seen += 1
                    if event.name == name:
                        return event.values
                await asyncio.sleep(0.02)

    async def end(self) -> None:
        """Wait until the server has closed it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.is_over:
                await asyncio.sleep(0.02)

    def take(self, data: bytes) -> None:
        """Read what the server has sent; each write contains whole events."""
        for block in data.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "event" in lines:
                self.events.append(Event(lines["event"], json.loads(lines["data"]), lines.get("id", "")))


@asynccontextmanager
async def reading(
    forum: AsgiForum, query: str, *, address: str = "192.0.2.1", **headers: str
) -> AsyncIterator[Reading]:
    """Open a stream; at the end the client closes its connection."""
    stream, closed = Reading(), asyncio.Event()
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]

    async def receive() -> dict[str, Any]:
        await closed.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            stream.status = message["status"]
            stream.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        stream.take(message["body"])
        stream.is_over = not message.get("more_body")

    task = asyncio.create_task(forum(scope_of("GET", f"/live?{query}", named, address=address), receive, send))
    try:
        yield stream
    finally:
        closed.set()
        await asyncio.wait_for(task, PATIENCE_SECONDS)
