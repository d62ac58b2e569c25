"""The app behind the cache: asked in a thread, with the databases that a request reads."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from forum.infra.db import db, use_app
from forum.infra.read_routing import use_primary
from forum.infra.replica import replica_of
from forum.infra.robots import is_robot
from forum.infra.settings import Settings
from forum.middleware.guest_cache.page_cache import Key
from forum.middleware.guest_cache.request_context import CHEAP_PATHS, Environ, RequestClass, written_before
from forum.middleware.guest_cache.request_tasks import READING, Incoming, RequestKind, Task
from forum.middleware.guest_cache.response import RawResponse

PROBES = ("/health/", "/metrics")


class Upstream:
    """Flask, and what a request needs around it."""

    def __init__(self, app: Flask) -> None:
        self._app, self._inner = app, app.wsgi_app

    @property
    def settings(self) -> Settings:
        """The deployment's settings."""
        settings: Settings = self._app.extensions["forum.settings"]
        return settings

    def task(
        self,
        incoming: Incoming,
        work: Callable[[], RawResponse] | None = None,
        *,
        visit: RequestKind | None = None,
        key: Key | None = None,
        otherwise: Callable[[], RawResponse] | None = None,
    ) -> Task:
        """Work to be done in a thread; by default Flask is asked."""
        chosen = work or (lambda: self.ask(incoming.environ))

        def run() -> RawResponse:
            use_app(self._app)
            try:
                self._choose_source(incoming.environ)
                return chosen()
            finally:
                use_app(None)
                use_primary()

        return Task(visit or visit_of(incoming), run, key, otherwise)

    def ask(self, environ: Environ) -> RawResponse:
        """Flask's answer; again from the primary, if the replica that it was to come from is away."""
        answer = self._listen(environ)
        if answer.status.startswith("503") and use_primary():
            replica = replica_of(self.settings)
            if replica is not None:
                replica.rest()
            answer = self._listen(environ)
        return answer

    def _listen(self, environ: Environ) -> RawResponse:
        """What Flask says, before anything of it is sent."""
        said: list[Any] = []

        def note(*head: Any) -> Callable[[bytes], object]:
            said[:] = head
            return lambda _: None

        body: Any = self._inner(environ, note)
        try:
            whole = b"".join(body)  # here, as what makes it may ask a database
        finally:
            if hasattr(body, "close"):
                body.close()
        return RawResponse(said[0], said[1], [whole])

    def _choose_source(self, environ: Environ) -> None:
        """Route a request to the replica when its data is recent enough."""
        if not self.settings.database_replica_url:
            return
        replica, written = replica_of(self.settings), written_before(environ)
        if replica is not None and written is not None:
            with self._app.app_context():
                replica.read_here(db.engine, written)


def visit_of(incoming: Incoming) -> RequestKind:
    """What a request is as far as its turn is concerned."""
    if incoming.path.startswith(CHEAP_PATHS):
        return RequestKind.PROBE if incoming.path.startswith(PROBES) else RequestKind.STATIC
    if incoming.way is RequestClass.MEMBER:
        return RequestKind.MEMBER
    if incoming.environ["REQUEST_METHOD"] not in READING:
        return RequestKind.FORM
    return RequestKind.ROBOT if is_robot(incoming.environ.get("HTTP_USER_AGENT", "")) else RequestKind.PAGE
