"""Streams of server-sent events: one for each open page in sight, over which it is told what happens.

A stream is a coroutine, without a thread, a database connection or an admission slot. One look at the database per
CHECK_SECONDS serves all streams of a worker (web/live/checks.py), in a thread.
"""

import asyncio
import logging
import random
import re
import sqlite3
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from forum.infra import clock
from forum.infra.database.db import use_app
from forum.infra.ephemeral.rate_limits import address_key
from forum.members.credentials.secret import digest
from forum.middleware.guest_cache.middleware import GuestCacheMiddleware
from forum.middleware.guest_cache.request_context import RequestClass, login_token
from forum.middleware.guest_cache.request_tasks import IncomingRequest
from forum.middleware.guest_cache.response import RawResponse
from forum.request_guards import SECURITY_HEADERS
from forum.server.request_body import Receive
from forum.web.live.checks import Checks, Signs
from forum.web.live.events import is_end, position_of
from forum.web.live.readers import Reader

log = logging.getLogger("forum.server")

Send = Callable[[dict[str, Any]], Awaitable[None]]
PATH = "/live"
CHECK_SECONDS = 0.5  # between two looks at the database
SERVER_CHECK_SECONDS = 1.0  # the same for a database server
TYPING_SECONDS = 8.0  # after the last write to the presence store, until which somebody may be shown as writing
ALIVE_SECONDS = 25.0  # between two comments that keep proxies from closing a stream
MAX_STREAMS = 6000  # per worker
MAX_STREAMS_AN_ADDRESS = 750
MAX_OPENED_A_MINUTE = 1000  # by an address: each may cost as much as a page, which is limited, too
MAX_PENDING_BYTES = 512 * 1024  # that a client has not read; beyond, its stream is closed
SLOW_SECONDS = 20.0  # in which a client must take what it is sent
RETRY_SECONDS = (1.0, 6.0)  # within which browsers connect again, each at another time
TELL_EACH, TELL_PAUSE = 50, 0.01  # streams that are told something at a time, so that other requests are answered
HEADERS = (
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),
    *SECURITY_HEADERS.items(),
)
_NUMBER = re.compile(r"[0-9]{1,9}")
_COMMENT = b":\n\n"


class _Stream:
    """An open connection: what it is still to be sent."""

    __slots__ = ("is_over", "pending", "sending_since", "size", "task", "wake")

    def __init__(self) -> None:
        self.task = asyncio.current_task()
        self.pending: deque[bytes] = deque()
        self.size, self.is_over, self.sending_since = 0, False, 0.0
        self.wake: asyncio.Event = asyncio.Event()

    def push(self, frame: bytes) -> None:
        """Send something as soon as the client takes it; the last event and a client that does not read end it."""
        self.size += len(frame)
        if self.size > MAX_PENDING_BYTES:
            self.pending.clear()
        else:
            self.pending.append(frame)
        self.is_over |= is_end(frame) or self.size > MAX_PENDING_BYTES
        self.wake.set()


class LiveStreams:
    """The streams of a worker; runs on the event loop."""

    def __init__(self, app: Flask, guest_cache: GuestCacheMiddleware, is_stopping: Callable[[], bool]) -> None:
        self._app, self._guest_cache, self._is_stopping = app, guest_cache, is_stopping
        self._streams: dict[Reader, _Stream] = {}
        self._arrived: list[Reader] = []
        self._by_address, self._opened, self._minute = Counter[str](), Counter[str](), 0
        self._checks = Checks(app)
        self._watch: asyncio.Task[None] | None = None
        self._content, self._presence, self._typed_until = -1.0, -1.0, 0.0

    async def serve(self, incoming: IncomingRequest, receive: Receive, send: Send) -> None:
        """Answer a request for a stream; it ends with the client, the reader's rights, or the server."""
        address = address_key(incoming.environ.get("REMOTE_ADDR") or "")
        reader = _reader_of(incoming)
        if reader is None or self._is_full_for(address) or self._is_stopping():
            await self._refuse(incoming, send, "204 No Content" if reader is None else "503 Service Unavailable")
            return
        self._guest_cache.note(incoming, RawResponse("200 OK", [], [], is_kept=True))
        stream = self._streams[reader] = _Stream()
        del incoming
        self._by_address[address] += 1
        self._opened[address] += 1
        self._arrived.append(reader)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_for_changes())
        try:
            await _run(stream, receive, send)
        except asyncio.CancelledError:
            if not stream.is_over:  # otherwise it was dropped, because its client does not read
                raise
        finally:
            del self._streams[reader]
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def _is_full_for(self, address: str) -> bool:
        """Whether there are too many streams, or an address has too many, or has opened too many in this minute."""
        minute = int(asyncio.get_running_loop().time() // 60)
        if minute != self._minute:
            self._minute, self._opened = minute, Counter[str]()
        has_many = self._by_address[address] >= MAX_STREAMS_AN_ADDRESS or self._opened[address] >= MAX_OPENED_A_MINUTE
        return has_many or len(self._streams) >= MAX_STREAMS

    async def _refuse(self, incoming: IncomingRequest, send: Send, status: str) -> None:
        """Browsers do not connect again after either; live.js does after a 503, later."""
        self._guest_cache.note(incoming, RawResponse(status, [], []))
        await send({"type": "http.response.start", "status": int(status[:3]), "headers": _raw(HEADERS[1:])})
        await send({"type": "http.response.body", "body": b""})

    async def _watch_for_changes(self) -> None:
        """Look for changes until no stream is open."""
        while self._streams:
            waits = self._guest_cache.validators().waits
            await asyncio.sleep(SERVER_CHECK_SECONDS if waits else CHECK_SECONDS)
            if self._is_stopping():
                for stream in self._streams.values():
                    stream.is_over = True
                    stream.wake.set()
                return
            try:
                await self._look()
            except (sqlite3.Error, SQLAlchemyError) as error:
                log.warning("cannot look for changes: %s", type(error).__name__)
            except Exception:
                log.exception("error in a look for changes")
            self._drop_slow()

    async def _look(self) -> None:
        signs = self._signs()
        if not self._checks.are_due(signs):
            return
        told = await asyncio.to_thread(self._told, list(self._streams), signs)
        for number, (reader, frame) in enumerate(told):
            if stream := self._streams.get(reader):
                stream.push(frame)
            if number % TELL_EACH == TELL_EACH - 1:
                await asyncio.sleep(TELL_PAUSE)

    def _told(self, readers: list[Reader], signs: Signs) -> list[tuple[Reader, bytes]]:
        use_app(self._app)
        try:
            return self._checks.look(readers, signs)
        finally:
            use_app(None)

    def _signs(self) -> Signs:
        """What may have changed; while somebody may be shown as writing, that they stopped is a change, too."""
        now = asyncio.get_running_loop().time()
        content, presence = self._guest_cache.validators().content(), self._guest_cache.viewers_version()
        is_touched = presence != self._presence
        if is_touched:
            self._typed_until = now + TYPING_SECONDS + CHECK_SECONDS * 2
        signs = Signs(content != self._content, is_touched or now < self._typed_until, self._arrived)
        self._content, self._presence, self._arrived = content, presence, []
        return signs

    def _drop_slow(self) -> None:
        """Close the streams of clients that do not read."""
        oldest = asyncio.get_running_loop().time() - SLOW_SECONDS
        for stream in self._streams.values():
            if 0 < stream.sending_since < oldest and stream.task is not None:
                stream.is_over = True
                stream.task.cancel()


async def _run(stream: _Stream, receive: Receive, send: Send) -> None:
    """Send what a stream is told until it is over or the client is gone."""
    loop = asyncio.get_running_loop()
    client = asyncio.ensure_future(_until_disconnected(receive, stream))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _raw(HEADERS)})
        retry = random.uniform(*RETRY_SECONDS) * 1000  # noqa: S311 - need not be secret
        stream.pending.append(f"retry: {retry:.0f}\n\n".encode())
        while not client.done():
            frames = b"".join(stream.pending) or _COMMENT
            stream.pending.clear()
            stream.size, stream.sending_since = 0, loop.time()
            await send({"type": "http.response.body", "body": frames, "more_body": True})
            stream.sending_since = 0.0
            if stream.pending:
                continue
            if stream.is_over:
                break
            stream.wake.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(stream.wake.wait(), ALIVE_SECONDS)
        if not client.done():
            await send({"type": "http.response.body", "body": b""})
    finally:
        client.cancel()


async def _until_disconnected(receive: Receive, stream: _Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.wake.set()


def _reader_of(incoming: IncomingRequest) -> Reader | None:
    """Who asks for what; None for another site, a prefetch, and what is not a stream of ours."""
    environ = incoming.environ
    if environ["REQUEST_METHOD"] != "GET" or environ.get("HTTP_SEC_FETCH_SITE", "same-origin") != "same-origin":
        return None
    fields = dict(parse_qsl(environ.get("QUERY_STRING", "")[:200]))
    number = {name: int(value) for name, value in fields.items() if _NUMBER.fullmatch(value)}
    token = login_token(environ) if incoming.request_class is RequestClass.MEMBER else ""
    reader = Reader(
        token_hash=digest(token) if token else "",
        thread_id=number.get("thread", 0),
        page=max(1, number.get("page", 1)),
        version=number.get("version", 0),
        after=number.get("after", 0),
        conversation_id=number.get("conversation", 0) if token else 0,
        board_id=number.get("list"),
        since=clock.now().timestamp() - number.get("age", 0) / 1000,
    )
    if (shown := position_of(environ.get("HTTP_LAST_EVENT_ID", ""))) is not None:
        reader.version, reader.after = shown
    return reader if token or reader.thread_id or reader.board_id is not None else None


def _raw(headers: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers]
