"""Calls the ASGI application as a server does."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from forum.server.asgi import AsgiForum

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOST = "localhost"


@dataclass
class Response:
    """The response that the application sent."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def scope_of(method: str, target: str, headers: Iterable[tuple[str, str]] = (), *, address: str) -> dict[str, Any]:
    """The ASGI scope of a request; the target is the one in its request line."""
    path, _, query = target.partition("?")
    named = [("host", HOST), ("user-agent", AGENT), *headers]
    kept = {name.lower(): value for name, value in named}
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept.items()],
        "client": (address, 50_000),
        "server": ("127.0.0.1", 8000),
    }


async def ask(
    forum: AsgiForum, method: str, target: str, body: bytes = b"", *, address: str = "192.0.2.1", **headers: str
) -> Response:
    """Send a complete request and return the response."""
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    if body:
        named.append(("content-length", str(len(body))))
    parts = [{"type": "http.request", "body": body, "more_body": False}]
    return await ask_in_parts(forum, scope_of(method, target, named, address=address), parts)


async def ask_in_parts(
    forum: AsgiForum, scope: dict[str, Any], parts: list[dict[str, Any]], *, pause: float = 0.0
) -> Response:
    """Send a request whose body arrives in parts, with a pause before each; after the last nothing more arrives."""
    answered, left = Response(), list(parts)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause)
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            answered.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answered.body += message["body"]

    await forum(scope, receive, send)
    return answered


def form(**fields: str) -> dict[str, str]:
    """The Content-Type header of a form."""
    return {"content_type": "application/x-www-form-urlencoded"} | fields
