"""What may be lost without harm: its store, the way to Redis, and what a process keeps of it for each app."""

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from sqlalchemy import Connection, Engine, event, inspect, text

from forum.infra.db import current_settings
from forum.infra.ephemeral_tables import METADATA, presence
from forum.infra.outage_log import Outage
from forum.infra.settings import Settings

__all__ = [
    "PerApp",
    "RedisConnection",
    "RedisUnavailable",
    "advisory_lock",
    "create_tables",
    "presence",
    "redis_connection",
]

log = logging.getLogger("forum.volatile")

Thing = TypeVar("Thing")
REDIS_RETRY_SECONDS = 2.0  # seconds in which a Redis that failed is not asked again
MAX_APPS = 8

# the jobs' first sign of life is given for them, so that a forum is ready before their process is
_BEGIN = text(
    "INSERT INTO volatile_health (name, noted_at, total, in_a_row, words) VALUES ('jobs', :now, 0, 0, '') "
    "ON CONFLICT (name) DO NOTHING"
)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def create_tables(engine: Engine) -> None:
    """Make the tables at the start of an app; those of an older version are made anew."""
    if engine.dialect.name == "sqlite" and not event.contains(engine, "invalidate", _forget_kept):
        event.listen(engine, "invalidate", _forget_kept)  # nothing else ends a connection to a file
    with engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
        advisory_lock(connection, "prepare")
        found = inspect(connection)
        for table in METADATA.tables.values():
            if found.has_table(table.name):
                names = {column["name"] for column in found.get_columns(table.name)}
                if names != set(table.columns.keys()):
                    table.drop(connection)
        METADATA.create_all(connection)
        connection.execute(_BEGIN, {"now": time.time()})


def advisory_lock(connection: Connection, name: str) -> None:
    """Let one transaction at a time go on under a name; in SQLite a writer is alone already."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"name": f"volatile:{name}"})


_everything: "WeakSet[PerApp[Any]]" = WeakSet()


class PerApp(Generic[Thing]):
    """Something that a process keeps once for each app in it, made at the first use."""

    def __init__(self, make: Callable[[Settings], Thing]) -> None:
        self._make = make
        self._things: dict[int, tuple[Settings, Thing]] = {}
        self._lock = Lock()
        _everything.add(self)

    def forget(self) -> None:
        """Make the things anew at their next use."""
        with self._lock:
            self._things.clear()

    def here(self) -> Thing:
        """The present app's own."""
        return self.of(current_settings())

    def of(self, settings: Settings) -> Thing:
        """That of the app with these settings."""
        found = self._things.get(id(settings))
        if found is None:
            with self._lock:  # threads that come at once share one
                found = self._things.get(id(settings)) or (settings, self._make(settings))
                while len(self._things) >= MAX_APPS:
                    del self._things[next(iter(self._things))]
                self._things[id(settings)] = found
        return found[1]


def _forget_kept(*_: object) -> None:
    """The file of the ephemeral store was replaced: what a process remembers of it is not so any more."""
    for kept in list(_everything):
        kept.forget()


class RedisUnavailable(Exception):
    """Redis does not answer just now."""


class RedisConnection:
    """A way to Redis that is left in peace for a moment after it failed, so that nobody waits for it twice."""

    def __init__(self, url: str) -> None:
        # most forums have no Redis: its library is a twentieth of a process's memory and start
        from redis import Redis  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.exceptions import ConnectionError as RedisConnectionError  # noqa: PLC0415
        from redis.exceptions import RedisError  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415

        self._faults = RedisError
        again_at_once = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))  # a dropped line; not silence
        self.client: Any = Redis.from_url(
            url, decode_responses=True, socket_timeout=0.5, socket_connect_timeout=0.25, retry=again_at_once
        )
        self._rests_until = 0.0
        self._outage = Outage(log, "Redis does not answer", "Redis answers again")

    def ask(self, question: Callable[[], Thing]) -> Thing:
        """The answer to a call of the client or of one of its scripts; raises Gone."""
        if time.monotonic() < self._rests_until:
            raise RedisUnavailable
        try:
            answer = question()
        except self._faults as error:
            self._rests_until = time.monotonic() + REDIS_RETRY_SECONDS
            self._outage.began(error)
            raise RedisUnavailable from error
        self._outage.ended()
        return answer


_line = PerApp(lambda settings: RedisConnection(settings.redis_url) if settings.redis_url else None)


def redis_connection() -> RedisConnection | None:
    """The way to Redis, if the deployment has one."""
    return _line.here()
