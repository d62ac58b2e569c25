"""Calls Flask in a worker thread, with read routing to the replica."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from forum.infra.database.db import db, use_app
from forum.infra.database.read_routing import use_primary
from forum.infra.database.replica import replica_of
from forum.infra.robots import is_robot
from forum.infra.settings import Settings
from forum.interfaces import FILE_KEY
from forum.middleware.guest_cache.page_cache import Key
from forum.middleware.guest_cache.request_context import CHEAP_PATHS, Environ, RequestClass, required_wal_position
from forum.middleware.guest_cache.request_tasks import SAFE_METHODS, IncomingRequest, RequestKind, Task
from forum.middleware.guest_cache.response import FileParts, RawResponse

PROBES = ("/health/", "/metrics")


class Upstream:
    """The Flask app, with the database context a request needs."""

    def __init__(self, app: Flask) -> None:
        self._app, self._inner = app, app.wsgi_app

    @property
    def settings(self) -> Settings:
        """The deployment's settings."""
        settings: Settings = self._app.extensions["forum.settings"]
        return settings

    def task(
        self,
        incoming: IncomingRequest,
        work: Callable[[], RawResponse] | None = None,
        *,
        kind: RequestKind | None = None,
        key: Key | None = None,
        otherwise: Callable[[], RawResponse] | None = None,
    ) -> Task:
        """A task for a worker thread; by default it calls Flask."""
        chosen = work or (lambda: self.call_flask(incoming.environ))

        def run() -> RawResponse:
            use_app(self._app)
            try:
                self._choose_source(incoming.environ)
                return chosen()
            finally:
                use_app(None)
                use_primary()

        return Task(kind or kind_of(incoming), run, key, otherwise)

    def call_flask(self, environ: Environ) -> RawResponse:
        """Call Flask; retry on the primary if the replica is unavailable."""
        answer = self._call(environ)
        if answer.status.startswith("503") and use_primary():
            replica = replica_of(self.settings)
            if replica is not None:
                replica.pause()
            answer = self._call(environ)
        return answer

    def _call(self, environ: Environ) -> RawResponse:
        """Call the WSGI app and collect its whole response."""
        head: list[Any] = []

        def start_response(*status_and_headers: Any) -> Callable[[bytes], object]:
            head[:] = status_and_headers
            return lambda _: None

        body: Any = self._inner(environ, start_response)
        try:
            whole = b"".join(body)  # in this thread, as generating it may query the database
        finally:
            if hasattr(body, "close"):
                body.close()
        file = environ.pop(FILE_KEY, None)
        if file is not None and head[0].startswith("200"):  # otherwise something failed after it was made
            return RawResponse(head[0], head[1], FileParts(file))
        return RawResponse(head[0], head[1], [whole])

    def _choose_source(self, environ: Environ) -> None:
        """Route a request to the replica when its data is recent enough."""
        if not self.settings.database_replica_url:
            return
        replica, written = replica_of(self.settings), required_wal_position(environ)
        if replica is not None and written is not None:
            with self._app.app_context():
                replica.route_request(db.engine, written)


def kind_of(incoming: IncomingRequest) -> RequestKind:
    """The kind of a request for admission."""
    if incoming.path.startswith(CHEAP_PATHS):
        return RequestKind.PROBE if incoming.path.startswith(PROBES) else RequestKind.STATIC
    if incoming.request_class is RequestClass.MEMBER:
        return RequestKind.MEMBER
    if incoming.environ["REQUEST_METHOD"] not in SAFE_METHODS:
        return RequestKind.FORM
    return RequestKind.ROBOT if is_robot(incoming.environ.get("HTTP_USER_AGENT", "")) else RequestKind.PAGE
