"""The WSGI middleware around Flask: serves guests' pages from the cache and creates a task for any other request."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Flask

from forum.infra.database.db import use_app
from forum.infra.database.per_app import PerApp
from forum.infra.logs import log_response
from forum.infra.metrics import request_metrics
from forum.middleware.guest_cache.heartbeat_cache import HEARTBEAT_PATH, HeartbeatCache
from forum.middleware.guest_cache.lookup import GuestCache, request_id
from forum.middleware.guest_cache.request_context import Environ, RequestClass, client_class, resolve_client_address
from forum.middleware.guest_cache.request_tasks import IncomingRequest, RequestKind, Task
from forum.middleware.guest_cache.response import Body, RawResponse
from forum.middleware.guest_cache.upstream import Upstream
from forum.middleware.guest_cache.validators import Validators

Start = Callable[..., Any]


class GuestCacheState:
    """The caches of one deployment in this process."""

    def __init__(self, app: Flask, upstream: Upstream) -> None:
        self.cache, self.heartbeats = GuestCache(app, upstream), HeartbeatCache()


class GuestCacheMiddleware:
    """A WSGI middleware whose steps an event-loop server calls one by one.

    `receive`, `from_memory` and `note` run on the event loop; a Task runs in a thread.
    """

    def __init__(self, app: Flask) -> None:
        self._app, self._upstream = app, Upstream(app)
        self._states = PerApp(lambda _: GuestCacheState(app, self._upstream))

    def __call__(self, environ: Environ, start: Start) -> Body:
        """Answer a request immediately; limiting concurrency is the server's job."""
        incoming = self.receive(environ)
        result = self.from_memory(incoming)
        answer = result.run() if isinstance(result, Task) else result
        self.note(incoming, answer)
        start(answer.status, answer.headers)
        return answer.body

    def receive(self, environ: Environ) -> IncomingRequest:
        """Resolve the client's address and classify the request; call once per request."""
        settings = self._upstream.settings
        resolve_client_address(environ, settings)
        return IncomingRequest.of(environ, settings)

    @property
    def secret_key(self) -> str:
        """The deployment's secret key."""
        return self._upstream.settings.secret_key

    def validators(self) -> Validators:
        """The cache validators, for held heartbeats that wait for a change."""
        return self._states.of(self._upstream.settings).cache.validators

    def viewers_version(self) -> float:
        """A number that changes when a viewer may have arrived or left."""
        use_app(self._app)
        try:
            return self.validators().viewers()
        finally:
            use_app(None)

    def from_memory(self, incoming: IncomingRequest) -> RawResponse | Task:
        """The response if this process has it cached, else the task that produces it."""
        use_app(self._app)
        try:
            caches = self._states.of(self._upstream.settings)
            if incoming.key is not None:
                return caches.cache.find(incoming)
            match = HEARTBEAT_PATH.fullmatch(incoming.path) if incoming.environ["REQUEST_METHOD"] == "POST" else None
            if match and incoming.request_class is not RequestClass.MEMBER:
                return self._find_heartbeat(caches.heartbeats, int(match[1]), incoming)
            return self._upstream.task(incoming)
        finally:
            use_app(None)

    def _find_heartbeat(
        self, heartbeats: HeartbeatCache, thread_id: int, incoming: IncomingRequest
    ) -> RawResponse | Task:
        answer = heartbeats.find(thread_id, incoming.environ, request_id())
        if answer is not None:
            return answer
        call = partial(heartbeats.call_and_cache, incoming.environ, self._upstream.call_flask)
        return self._upstream.task(incoming, call, kind=RequestKind.PAGE)

    def note(self, incoming: IncomingRequest, answer: RawResponse) -> None:
        """Record a response in the metrics and, unless it came from memory, in the access log."""
        took, who = time.perf_counter() - incoming.began, client_class(incoming.environ, incoming.request_class)
        request_metrics().answered(who, answer.status, took)
        if not answer.is_kept:
            method = incoming.environ["REQUEST_METHOD"]
            path = quote(incoming.path, encoding="latin-1")
            address = incoming.environ.get("REMOTE_ADDR", "")
            log_response(method=method, path=path, status=answer.status, who=who, address=address, seconds=took)
