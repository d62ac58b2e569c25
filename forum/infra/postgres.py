"""Connections to PostgreSQL whose every wait ends: a server that hangs without closing its connections is given up.

The server ends a statement that takes too long. A server that is stopped, or behind a line that swallows everything,
cannot: then the client gives up and closes the connection. Who asks next is refused at once for REST_SECONDS, so that
a request waits once, however many statements it would have made. How long is chosen in infra/timeouts.py.
"""

import time
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import URL, Engine, event, make_url

from forum.infra.timeouts import current_timeouts

Answer = TypeVar("Answer")

HUNG_RETRY_SECONDS = 2.0
SIGNAL_CHECK_SECONDS = 0.1  # seconds between psycopg's looks at Ctrl-C
SET_SESSION_TIMEOUTS = (
    "SELECT set_config('statement_timeout', %s, false), set_config('idle_in_transaction_session_timeout', %s, false)"
)


class ServerHangsError(psycopg.OperationalError):
    """The server takes what it is sent and answers nothing."""


class ServerState:
    """What a process knows of a server: whether it hangs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_hung, self._rests_until = False, 0.0

    def require_answers(self) -> None:
        """Raise OperationalError while a server that hung rests; then one caller tries it, and the others wait."""
        if not self._is_hung:  # as nearly always
            return
        with self._lock:
            now = time.monotonic()
            if now < self._rests_until:
                raise ServerHangsError("the server did not answer a moment ago")
            self._rests_until = now + current_timeouts().connect + HUNG_RETRY_SECONDS

    def hangs(self) -> None:
        """It did not answer in time."""
        with self._lock:
            self._is_hung, self._rests_until = True, time.monotonic() + HUNG_RETRY_SECONDS

    def answers(self) -> None:
        """It answered."""
        self._is_hung = False

    def connect(self, *args: Any, **options: Any) -> "Connection":
        """A new connection that waits as this process chose."""
        self.require_answers()
        waits = current_timeouts()
        try:
            connection = Connection.connect(*args, **(options | {"connect_timeout": waits.connect}))
        except psycopg.errors.ConnectionTimeout:
            self.hangs()
            raise
        self.answers()
        connection.server, connection.answer_within = self, waits.answer or None
        connection.execute(SET_SESSION_TIMEOUTS, (f"{waits.statement}s", f"{waits.idle}s"))
        connection.commit()
        return connection


def server_of(url: URL) -> ServerState:
    """What is known of the server at an address; all that connect to it share that."""
    return _server_of(url.render_as_string())


@cache
def _server_of(_: str) -> ServerState:
    return ServerState()


class Connection(psycopg.Connection[Any]):
    """Closes itself when an answer does not come in time."""

    server: ServerState | None = None
    answer_within: float | None = None

    def wait(self, gen: PQGen[Answer], interval: float = SIGNAL_CHECK_SECONDS, timeout: float | None = None) -> Answer:
        """Wait for the server; psycopg calls this for every statement, commit and rollback."""
        if self.server is None:
            return super().wait(gen, interval, timeout)
        try:
            self.server.require_answers()
            answer = super().wait(gen, interval, timeout or self.answer_within)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001 - psycopg has no public name for it
            self.server.hangs()
            self.pgconn.finish()
            raise ServerHangsError(f"the server did not answer within {self.answer_within} s") from error
        except ServerHangsError:
            self.pgconn.finish()
            raise
        self.server.answers()
        return answer


def install_timeouts(engine: Engine) -> None:
    """Let an engine make its connections as this process waits."""
    server = server_of(engine.url)
    event.listen(engine, "do_connect", lambda _dialect, _record, args, options: server.connect(*args, **options))


def connection_factory(url: str) -> Callable[[], Connection]:
    """What makes connections of their own, past SQLAlchemy, that wait as this process does."""
    known = make_url(url)
    plain = known.set(drivername="postgresql").render_as_string(hide_password=False)
    return lambda: server_of(known).connect(plain)
