"""The forum as an ASGI application: the event loop reads bodies and admits requests, Flask runs in threads.

A slow client costs one coroutine. Only a request whose body is complete takes a thread, an admission slot, a lock or a
database connection; a response from memory takes none of them.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import lru_cache
from typing import Any

from flask import Flask

from forum.body_limits import limit_of
from forum.infra.database.db import use_app
from forum.infra.metrics import request_metrics
from forum.middleware.guest_cache.lookup import request_id
from forum.middleware.guest_cache.middleware import GuestCacheMiddleware
from forum.middleware.guest_cache.page_cache import Key
from forum.middleware.guest_cache.prebuilt_responses import BAD_REQUEST, FAULT, TOO_LARGE, TOO_SLOW, busy, refusal
from forum.middleware.guest_cache.request_context import RequestClass
from forum.middleware.guest_cache.request_tasks import SAFE_METHODS, IncomingRequest, RequestKind, Task
from forum.middleware.guest_cache.response import RawResponse
from forum.presence.batched_arrivals import flush
from forum.request_guards import SECURITY_HEADERS, policy
from forum.server import live_streams
from forum.server.held_heartbeats import HeldHeartbeats
from forum.server.live_streams import LiveStreams
from forum.server.request_body import BodyReader, Disconnected, Receive, TooLarge, TooSlow
from forum.server.thread_pools import Pools
from forum.server.wsgi_environ import BadRequest, Scope, declared_length, environ_of, has_body, set_body

log = logging.getLogger("forum.server")

Send = Callable[[dict[str, Any]], Awaitable[None]]
GUEST_BODY_BYTES, MEMBER_BODY_BYTES = 16 * 2**20, 64 * 2**20  # of partly received bodies in a worker
MAX_WAITING_PER_PAGE = 500  # requests that wait for the same page to be rendered
PART_BYTES = 256 * 1024  # of a large file, which are read and sent at a time
MAX_PAGE_WAITS = 3  # times that a request waits for another to render it: not every page turns out cacheable
PLAIN = (
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", policy()),
)
ALIVE = RawResponse("200 OK", [*PLAIN, *SECURITY_HEADERS.items()], [b"alive\n"])


class AsgiForum:
    """The ASGI application; create it in the worker process."""

    def __init__(self, app: Flask, *, is_stopping: Callable[[], bool] = lambda: False) -> None:
        self._app, self._guest_cache = app, _guest_cache_of(app)
        self._pools = Pools()
        self._holds = HeldHeartbeats(self._guest_cache.validators, self._guest_cache.viewers_version, is_stopping)
        self._live = LiveStreams(app, self._guest_cache, is_stopping)
        self._guests, self._members = BodyReader(GUEST_BODY_BYTES), BodyReader(MEMBER_BODY_BYTES)
        self._in_flight: dict[Key, tuple[asyncio.Event, int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the end of the lifespan stores pending arrivals."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["path"] == "/health/live" and scope["method"] in SAFE_METHODS:
            await _send(send, ALIVE, scope["method"], receive)
            return
        try:
            if scope["path"] == live_streams.PATH:
                await self._live.serve(self._guest_cache.receive(environ_of(scope)), receive, send)
                return
            answer = await self._answer(scope, receive)
        except Disconnected:
            return
        except BadRequest:
            answer = self._refuse(scope, BAD_REQUEST)
        except Exception:
            log.exception("error before %s %s", scope["method"], scope["path"])
            answer = self._refuse(scope, FAULT)
        await _send(send, answer, scope["method"], receive)

    def _refuse(self, scope: Scope, status: str) -> RawResponse:
        environ = {"PATH_INFO": scope["path"], "wsgi.url_scheme": scope["scheme"]}
        return refusal(self._app, environ, request_id(), status)

    async def _answer(self, scope: Scope, receive: Receive) -> RawResponse:
        environ = environ_of(scope)
        incoming = self._guest_cache.receive(environ)
        answer = await self._read_body(incoming, receive) if has_body(environ) else None
        if answer is None and await self._holds.wait(incoming, receive, secret_key=self._guest_cache.secret_key):
            incoming.began = time.perf_counter()  # the hold is not counted as response time
        answer = answer or await self._find_or_do(incoming)
        self._guest_cache.note(incoming, answer)
        return answer

    async def _read_body(self, incoming: IncomingRequest, receive: Receive) -> RawResponse | None:
        """Read the body into the environ; returns an error response if it is refused."""
        environ, is_member = incoming.environ, incoming.request_class is RequestClass.MEMBER
        limit = limit_of(self._app, environ["REQUEST_METHOD"], incoming.path, is_member=is_member)
        reader = self._members if is_member else self._guests
        try:
            length, asks_first = declared_length(environ), "HTTP_EXPECT" in environ
            set_body(environ, await reader.read(receive, limit, length, asks_first=asks_first))
        except TooLarge:
            return refusal(self._app, environ, request_id(), TOO_LARGE)
        except TooSlow:
            return refusal(self._app, environ, request_id(), TOO_SLOW)
        return None

    async def _find_or_do(self, incoming: IncomingRequest) -> RawResponse:
        result = self._guest_cache.from_memory(incoming)
        for _ in range(MAX_PAGE_WAITS):
            if not isinstance(result, Task) or result.key is None or result.key not in self._in_flight:
                break
            if not await self._wait_for(result.key, result.kind):
                return self._reject_busy(incoming)
            result = self._guest_cache.from_memory(incoming)
        if not isinstance(result, Task):
            return result
        if result.key is None or result.key in self._in_flight:
            return await self._do(incoming, result)
        return await self._run_and_release(incoming, result, result.key)

    async def _run_and_release(self, incoming: IncomingRequest, task: Task, key: Key) -> RawResponse:
        """Run a task and release the requests that wait for its result."""
        rendered = asyncio.Event()
        self._in_flight[key] = rendered, 0
        try:
            return await self._do(incoming, task)
        finally:
            del self._in_flight[key]
            rendered.set()

    async def _wait_for(self, key: Key, kind: RequestKind) -> bool:
        """Wait until another request has rendered a page; False on timeout or if too many wait already."""
        rendered, waiting = self._in_flight[key]
        if waiting >= MAX_WAITING_PER_PAGE:
            return False
        self._in_flight[key] = rendered, waiting + 1
        try:
            await asyncio.wait_for(rendered.wait(), self._pools.patience_of(kind))
        except TimeoutError:
            return False
        finally:  # also if the client has gone
            current, waiting = self._in_flight.get(key, (None, 0))
            if current is rendered:
                self._in_flight[key] = rendered, waiting - 1
        return True

    async def _do(self, incoming: IncomingRequest, task: Task) -> RawResponse:
        try:
            answer = await self._pools.run(task.kind, task.run)
        except Exception:
            log.exception("error in %s %s", incoming.environ["REQUEST_METHOD"], incoming.path)
            return refusal(self._app, incoming.environ, request_id(), FAULT)
        if answer is not None:
            return answer
        if task.otherwise is None:
            return self._reject_busy(incoming)
        use_app(self._app)
        try:
            return task.otherwise()
        finally:
            use_app(None)

    def _reject_busy(self, incoming: IncomingRequest) -> RawResponse:
        request_metrics().refused_requests.inc()
        return busy(self._app, incoming.environ, request_id())

    def close(self) -> None:
        """Wait for running work, then end the threads."""
        self._pools.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await asyncio.to_thread(self._store_arrivals)
        await send({"type": "lifespan.shutdown.complete"})

    def _store_arrivals(self) -> None:
        with self._app.app_context():
            flush()


def _guest_cache_of(app: Flask) -> GuestCacheMiddleware:
    guest_cache = app.wsgi_app
    assert isinstance(guest_cache, GuestCacheMiddleware)  # noqa: S101 - create_app puts it there
    return guest_cache


async def _send(send: Send, answer: RawResponse, method: str, receive: Receive) -> None:
    headers = [_raw(*header) for header in answer.headers]
    await send({"type": "http.response.start", "status": int(answer.status[:3]), "headers": headers})
    if hasattr(answer.body, "close"):
        await _stream(send, answer.body, receive)
        return
    body = b"" if method == "HEAD" else b"".join(answer.body)
    await send({"type": "http.response.body", "body": body})


async def _stream(send: Send, body: Any, receive: Receive) -> None:
    """Send a large file in parts until the client goes away; it holds neither an admission slot nor a pool's thread."""
    disconnected = asyncio.ensure_future(_until_disconnected(receive))
    try:
        parts = iter(body)
        while part := await asyncio.to_thread(_next_part, parts):
            if disconnected.done():
                return
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        disconnected.cancel()
        body.close()


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _next_part(parts: Iterator[bytes]) -> bytes:
    """The next PART_BYTES, or a little more; empty at the end."""
    part = bytearray()
    while len(part) < PART_BYTES and (read := next(parts, b"")):
        part += read
    return bytes(part)


@lru_cache(maxsize=4096)
def _raw(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode("latin-1"), value.encode("latin-1")
