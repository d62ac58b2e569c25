"""What stands before Flask: guests' pages from the cache, and what is to be done for every other request."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Flask

from forum.infra.db import use_app
from forum.infra.ephemeral_store import PerApp
from forum.infra.logs import log_response
from forum.infra.metrics import request_metrics
from forum.middleware.guest_cache.heartbeat_cache import HEARTBEAT_PATH, HeartbeatCache
from forum.middleware.guest_cache.lookup import GuestCache, request_id
from forum.middleware.guest_cache.request_context import Environ, RequestClass, client_class, take_address
from forum.middleware.guest_cache.request_tasks import Incoming, RequestKind, Task
from forum.middleware.guest_cache.response import Body, RawResponse
from forum.middleware.guest_cache.upstream import Upstream
from forum.middleware.guest_cache.validators import Validators

Start = Callable[..., Any]


class GuestCacheState:
    """What a process keeps for one deployment."""

    def __init__(self, app: Flask, upstream: Upstream) -> None:
        self.cache, self.beats = GuestCache(app, upstream), HeartbeatCache()


class GuestCacheMiddleware:
    """A WSGI application around another; a server with an event loop calls its parts one by one.

    `receive`, `from_memory` and `note` belong on the event loop; what a Task runs belongs in a thread.
    """

    def __init__(self, app: Flask) -> None:
        self._app, self._upstream = app, Upstream(app)
        self._held = PerApp(lambda _: GuestCacheState(app, self._upstream))

    def __call__(self, environ: Environ, start: Start) -> Body:
        """Answer a request at once, whoever sends it: how many may ask at once is the server's business."""
        incoming = self.receive(environ)
        found = self.from_memory(incoming)
        answer = found.run() if isinstance(found, Task) else found
        self.note(incoming, answer)
        start(answer.status, answer.headers)
        return answer.body

    def receive(self, environ: Environ) -> Incoming:
        """Find out who sends a request; to be called once for each."""
        settings = self._upstream.settings
        take_address(environ, settings)
        return Incoming.of(environ, settings)

    @property
    def secret_key(self) -> str:
        """The deployment's secret."""
        return self._upstream.settings.secret_key

    def validators(self) -> Validators:
        """What says whether anything has changed, for those who wait until it does."""
        return self._held.of(self._upstream.settings).cache.validators

    def viewers_version(self) -> float:
        """A number that moves when somebody may have come or left."""
        use_app(self._app)
        try:
            return self.validators().viewers()
        finally:
            use_app(None)

    def from_memory(self, incoming: Incoming) -> RawResponse | Task:
        """The answer if this process has it, else what is to be done for it."""
        use_app(self._app)
        try:
            held = self._held.of(self._upstream.settings)
            if incoming.key is not None:
                return held.cache.find(incoming)
            beat = HEARTBEAT_PATH.fullmatch(incoming.path) if incoming.environ["REQUEST_METHOD"] == "POST" else None
            if beat and incoming.way is not RequestClass.MEMBER:
                return self._find_beat(held.beats, int(beat[1]), incoming)
            return self._upstream.task(incoming)
        finally:
            use_app(None)

    def _find_beat(self, beats: HeartbeatCache, thread_id: int, incoming: Incoming) -> RawResponse | Task:
        answer = beats.find(thread_id, incoming.environ, request_id())
        if answer is not None:
            return answer
        ask = partial(beats.ask, incoming.environ, self._upstream.ask)
        return self._upstream.task(incoming, ask, visit=RequestKind.PAGE)

    def note(self, incoming: Incoming, answer: RawResponse) -> None:
        """Count an answer for the operator, and write its line of the log."""
        took, who = time.perf_counter() - incoming.began, client_class(incoming.environ, incoming.way)
        request_metrics().answered(who, answer.status, took)
        if not answer.is_kept:
            method = incoming.environ["REQUEST_METHOD"]
            path = quote(incoming.path, encoding="latin-1")
            address = incoming.environ.get("REMOTE_ADDR", "")
            log_response(method=method, path=path, status=answer.status, who=who, address=address, seconds=took)
