"""The ephemeral store (data that may be lost without harm): its tables and the Redis connection."""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event, inspect, text

from forum.infra.database.ephemeral_tables import METADATA, presence
from forum.infra.database.per_app import PerApp, forget_all
from forum.infra.ephemeral.outage_log import Outage

__all__ = [
    "RedisConnection",
    "RedisUnavailable",
    "advisory_lock",
    "create_tables",
    "note_start",
    "presence",
    "redis_connection",
]

log = logging.getLogger("forum.ephemeral")

Thing = TypeVar("Thing")
REDIS_RETRY_SECONDS = 2.0  # after a failure, before Redis is tried again

_BEGIN = text(
    "INSERT INTO volatile_health (name, noted_at, total, in_a_row, words) VALUES ('jobs', :now, 0, 0, '') "
    "ON CONFLICT (name) DO NOTHING"
)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def create_tables(engine: Engine) -> None:
    """Create the tables when an app starts; tables with the columns of an older version are recreated."""
    if engine.dialect.name == "sqlite" and not event.contains(engine, "invalidate", _forget_all):
        event.listen(engine, "invalidate", _forget_all)  # a connection to a file is invalidated for no other reason
    with engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
        advisory_lock(connection, "prepare")
        inspector = inspect(connection)
        for table in METADATA.tables.values():
            if inspector.has_table(table.name):
                names = {column["name"] for column in inspector.get_columns(table.name)}
                if names != set(table.columns.keys()):
                    table.drop(connection)
        METADATA.create_all(connection)
        note_start(connection)


def note_start(connection: Connection) -> None:
    """Note a first heartbeat of the jobs, if there is none: a forum is ready before its job process is."""
    connection.execute(_BEGIN, {"now": time.time()})


def _forget_all(*_: object) -> None:
    """Drop all per-app objects: the file they were made from was replaced."""
    forget_all()


def advisory_lock(connection: Connection, name: str) -> None:
    """Take an advisory lock until the transaction ends; SQLite has only one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"name": f"volatile:{name}"})


class RedisUnavailable(Exception):
    """Redis does not respond at the moment."""


class RedisConnection:
    """A Redis client that fails fast for REDIS_RETRY_SECONDS after an error, so that nobody waits for it twice."""

    def __init__(self, url: str) -> None:
        # most forums have no Redis: its library takes 5 % of a process's memory and start-up time
        from redis import Redis  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.exceptions import ConnectionError as RedisConnectionError  # noqa: PLC0415
        from redis.exceptions import RedisError  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415

        self._errors = RedisError
        retry_once = Retry(
            NoBackoff(), 1, supported_errors=(RedisConnectionError,)
        )  # on lost connections, not timeouts
        self.client: Any = Redis.from_url(
            url, decode_responses=True, socket_timeout=0.5, socket_connect_timeout=0.25, retry=retry_once
        )
        self._retry_at = 0.0
        self._outage = Outage(log, "Redis does not respond", "Redis responds again")

    def call(self, call: Callable[[], Thing]) -> Thing:
        """The result of a call to the client or one of its scripts; raises RedisUnavailable."""
        if time.monotonic() < self._retry_at:
            raise RedisUnavailable
        try:
            answer = call()
        except self._errors as error:
            self._retry_at = time.monotonic() + REDIS_RETRY_SECONDS
            self._outage.record_failure(error)
            raise RedisUnavailable from error
        self._outage.record_success()
        return answer


_connection = PerApp(lambda settings: RedisConnection(settings.redis_url) if settings.redis_url else None)


def redis_connection() -> RedisConnection | None:
    """The current app's Redis connection, if FORUM_REDIS_URL is set."""
    return _connection.here()
