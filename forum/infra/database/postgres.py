"""PostgreSQL connections with a timeout for every wait, also if the server hangs without closing its connections.

The server cancels statements that take too long. A stopped server, or one behind a network that drops all packets,
cannot: then the client times out and closes the connection. For HUNG_RETRY_SECONDS after that, all calls fail at once,
so that a request waits only once, however many statements it makes. infra/database/timeouts.py sets the timeouts.
"""

import time
from functools import cache
from threading import Lock
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import URL, Engine, event

from forum.infra.database.sqlite import closed_on_error
from forum.infra.database.timeouts import current_timeouts

Answer = TypeVar("Answer")

HUNG_RETRY_SECONDS = 2.0
SIGNAL_CHECK_SECONDS = 0.1  # seconds between psycopg's checks for Ctrl-C
SET_SESSION_TIMEOUTS = (
    "SELECT set_config('statement_timeout', %s, false), set_config('idle_in_transaction_session_timeout', %s, false)"
)


class ServerHangsError(psycopg.OperationalError):
    """The server accepts data but does not respond."""


class ServerState:
    """The state of a server as this process knows it: whether it hangs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_hung, self._retry_at = False, 0.0

    def raise_if_hung(self) -> None:
        """Raise ServerHangsError for a while after the server hung; then one caller retries, the others still fail."""
        if not self._is_hung:  # the common case
            return
        with self._lock:
            now = time.monotonic()
            if now < self._retry_at:
                raise ServerHangsError("the server did not respond a moment ago")
            self._retry_at = now + current_timeouts().connect + HUNG_RETRY_SECONDS

    def hangs(self) -> None:
        """Record a timeout."""
        with self._lock:
            self._is_hung, self._retry_at = True, time.monotonic() + HUNG_RETRY_SECONDS

    def answers(self) -> None:
        """Record a response."""
        self._is_hung = False

    def connect(self, *args: Any, **options: Any) -> "Connection":
        """A new connection with this process's timeouts."""
        self.raise_if_hung()
        timeouts = current_timeouts()
        try:
            connection = Connection.connect(*args, **(options | {"connect_timeout": timeouts.connect}))
        except psycopg.errors.ConnectionTimeout:
            self.hangs()
            raise
        self.answers()
        connection.server, connection.response_timeout = self, timeouts.answer or None
        with closed_on_error(connection):
            connection.execute(SET_SESSION_TIMEOUTS, (f"{timeouts.statement}s", f"{timeouts.idle}s"))
            connection.commit()
        return connection


def server_of(url: URL) -> ServerState:
    """The state of the server at a URL, shared by all its connections."""
    return _server_of(url.render_as_string())


@cache
def _server_of(_: str) -> ServerState:
    return ServerState()


class Connection(psycopg.Connection[Any]):
    """A connection that closes itself when a response does not arrive in time."""

    server: ServerState | None = None
    response_timeout: float | None = None

    def wait(self, gen: PQGen[Answer], interval: float = SIGNAL_CHECK_SECONDS, timeout: float | None = None) -> Answer:
        """Wait for the server; psycopg calls this for every statement, commit and rollback."""
        if self.server is None:
            return super().wait(gen, interval, timeout)
        try:
            self.server.raise_if_hung()
            answer = super().wait(gen, interval, timeout or self.response_timeout)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001 - psycopg has no public name for it
            self.server.hangs()
            self.pgconn.finish()
            raise ServerHangsError(f"the server did not respond within {self.response_timeout} s") from error
        except ServerHangsError:
            self.pgconn.finish()
            raise
        self.server.answers()
        return answer


def install_timeouts(engine: Engine) -> None:
    """Let an engine connect with this process's timeouts."""
    server = server_of(engine.url)
    event.listen(engine, "do_connect", lambda _dialect, _record, args, options: server.connect(*args, **options))
