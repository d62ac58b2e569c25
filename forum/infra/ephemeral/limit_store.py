"""Rate limits as counters of two windows, and the three interchangeable stores that hold them."""

import math
from dataclasses import dataclass, replace
from threading import Lock
from typing import NamedTuple, Protocol

from cachetools import LRUCache
from sqlalchemy import Connection, text

from forum.infra.database.db import ephemeral_transaction
from forum.infra.ephemeral.ephemeral_store import RedisConnection
from forum.infra.ephemeral.store_clock import StoreClock

MAX_KEYS_IN_PROCESS = 10_000
MAX_CLOCK_SKEW_MS = 5_000  # by which the nodes may differ although they count by the store's clock


@dataclass(frozen=True)
class LimitRequest:
    """A request for `cost` of a limit per `period`; times are in milliseconds, so that all stores count in integers."""

    limit: int
    period: int
    cost: int
    now: int

    def later(self, milliseconds: int) -> "LimitRequest":
        """The same by a clock that is ahead."""
        return replace(self, now=self.now + milliseconds) if milliseconds else self


@dataclass(frozen=True)
class Verdict:
    """Seconds to wait (0 = granted), and how much of the limit is left."""

    wait: int
    left: int


class LimitStore(Protocol):
    """Stores how much was used under which key."""

    def consume(self, key: str, request: LimitRequest) -> Verdict:
        """Grant or refuse a request, atomically. A refused request consumes nothing."""

    def reset(self, key: str) -> None:
        """Forget what was used."""


class Usage(NamedTuple):
    """What was used in the current window and in the one before it; `expires_at` is one period after the current one.

    The first window starts with the first request. Those of the previous window are taken to be evenly spaced from its
    start and expire one after the other. If they were not, twice the limit may pass in one period, never more.
    """

    current: int = 0
    previous: int = 0
    expires_at: int = 0

    def at(self, request: LimitRequest) -> "Usage":
        """The same at the time of a request. Windows in the future do not count: the clock was set back since."""
        left = self.expires_at - request.now
        if request.period < left <= 2 * request.period + MAX_CLOCK_SKEW_MS:
            return self
        if left <= request.period and (self.current * left - 1) // request.period > 0:
            return Usage(0, self.current, self.expires_at + request.period)
        return Usage(0, 0, request.now + 2 * request.period)

    def total(self, request: LimitRequest) -> int:
        """How much counts at the time of a request."""
        share = self.expires_at - request.period - request.now
        return self.current + max(0, (self.previous * share - 1) // request.period)

    def verdict(self, request: LimitRequest, *, granted: bool) -> Verdict:
        """The verdict on a request; after the wait it would be granted."""
        now = self.at(request)
        left = max(0, request.limit - now.total(request))
        if granted:
            return Verdict(0, left)
        allowed, count, end = request.limit - request.cost - now.current, now.previous, now.expires_at - request.period
        if allowed < 0:  # not before the next window, when those of the current one expire
            allowed, count, end = request.limit - request.cost, now.current, now.expires_at
        wait = end - (allowed + 1) * request.period // count - request.now if count else 0
        return Verdict(max(1, math.ceil(wait / 1000)), left)


# Usage.at() and total() in SQL; without _SAME and _NEXT a first window starts
_AHEAD = "(old.expires_at - :now)"
_SAME = f"({_AHEAD} > :period AND {_AHEAD} <= 2 * :period + :skew)"
_CARRIED = f"((old.current * {_AHEAD} - 1) / :period)"
_NEXT = f"({_AHEAD} <= :period AND {_CARRIED} > 0)"
_CONSUME = text(
    f"""
    INSERT INTO volatile_usage AS old (key, current, previous, expires_at)
    VALUES (:key, :cost, 0, :now + 2 * :period)
    ON CONFLICT (key) DO UPDATE SET
        current = CASE WHEN {_SAME} THEN old.current + :cost ELSE :cost END,
        previous = CASE WHEN {_SAME} THEN old.previous WHEN {_NEXT} THEN old.current ELSE 0 END,
        expires_at = CASE WHEN {_SAME} THEN old.expires_at WHEN {_NEXT} THEN old.expires_at + :period
            ELSE excluded.expires_at END
    WHERE :limit >= :cost + CASE
        WHEN {_SAME} THEN old.current + (old.previous * ({_AHEAD} - :period) - 1) / :period
        WHEN {_NEXT} THEN {_CARRIED} ELSE 0 END
    RETURNING current, previous, expires_at
    """  # noqa: S608 - made of constants
)
_READ = text("SELECT current, previous, expires_at FROM volatile_usage WHERE key = :key")
_FORGIVE = text("DELETE FROM volatile_usage WHERE key = :key")
_EXPIRE = text("DELETE FROM volatile_usage WHERE expires_at <= :now")
_TIME = text("SELECT extract(epoch FROM clock_timestamp())")
_COUNT = text("SELECT count(*) FROM volatile_usage")
_TRIM = text(
    "DELETE FROM volatile_usage WHERE key IN "
    "(SELECT key FROM volatile_usage ORDER BY current + previous, expires_at LIMIT :surplus)"
)


class DatabaseLimitStore:
    """Stores limits in the ephemeral database, shared by all processes; on PostgreSQL they are counted by its clock."""

    def __init__(self) -> None:
        self._clock = StoreClock()

    def consume(self, key: str, request: LimitRequest) -> Verdict:
        """Grant or refuse in one statement; a refusal writes nothing and reads when the request would be granted."""
        with ephemeral_transaction() as connection:
            request = request.later(self._ahead_ms(connection))
            values = vars(request) | {"key": key, "skew": MAX_CLOCK_SKEW_MS}
            row = connection.execute(_CONSUME, values).one_or_none()
            usage = row or connection.execute(_READ, {"key": key}).one_or_none() or ()
        return Usage(*usage).verdict(request, granted=row is not None)

    def _ahead_ms(self, connection: Connection) -> int:
        if connection.dialect.name == "sqlite":  # a file of this machine
            return 0
        return self._clock.ahead_ms(lambda: float(connection.execute(_TIME).scalar_one()))

    def reset(self, key: str) -> None:
        """Forget what was used."""
        with ephemeral_transaction() as connection:
            connection.execute(_FORGIVE, {"key": key})

    def purge(self, now: int, *, most: int) -> None:
        """Remove expired rows and, above `most` rows, the keys that used least, such as those of a flood."""
        with ephemeral_transaction() as connection:
            connection.execute(_EXPIRE, {"now": now + self._ahead_ms(connection)})
            surplus = (connection.execute(_COUNT).scalar() or 0) - most
            if surplus > 0:
                connection.execute(_TRIM, {"surplus": surplus})


# The same as a Redis script on one key, which works in a cluster too; Redis runs scripts one at a time
_CONSUME_SCRIPT = """
for number, value in ipairs(ARGV) do ARGV[number] = tonumber(value) end
local limit, period, cost, now, skew = unpack(ARGV)
local usage = redis.call('HMGET', KEYS[1], 'current', 'previous', 'expires_at')
local current, previous, expires_at = tonumber(usage[1] or 0), tonumber(usage[2] or 0), tonumber(usage[3] or 0)
local function share(count, time) return math.max(0, math.floor((count * time - 1) / period)) end
local left = expires_at - now
if left <= period and share(current, left) > 0 then
  current, previous, expires_at = 0, current, expires_at + period
elseif left <= period or left > 2 * period + skew then
  current, previous, expires_at = 0, 0, now + 2 * period
end
local total = current + share(previous, expires_at - period - now)
if total + cost > limit then return {0, current, previous, expires_at} end
current = current + cost
redis.call('HSET', KEYS[1], 'current', current, 'previous', previous, 'expires_at', expires_at)
redis.call('PEXPIRE', KEYS[1], 2 * period)
return {1, current, previous, expires_at}
"""


class RedisLimitStore:
    """Stores limits in Redis, shared by all nodes and counted by its clock; Redis expires the keys itself."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection, self._clock = connection, StoreClock()
        self._script = connection.client.register_script(_CONSUME_SCRIPT)

    def consume(self, key: str, request: LimitRequest) -> Verdict:
        """Grant or refuse inside Redis; raises RedisUnavailable."""
        request = request.later(self._connection.call(lambda: self._clock.ahead_ms(self._time)))
        values = [request.limit, request.period, request.cost, request.now, MAX_CLOCK_SKEW_MS]
        granted, *usage = self._connection.call(lambda: self._script(keys=[f"forum:usage:{key}"], args=values))
        return Usage(*usage).verdict(request, granted=bool(granted))

    def _time(self) -> float:
        seconds, microseconds = self._connection.client.time()
        return float(seconds) + float(microseconds) / 1e6

    def reset(self, key: str) -> None:
        """Forget what was used; raises RedisUnavailable."""
        self._connection.call(lambda: self._connection.client.delete(f"forum:usage:{key}"))


class ProcessLimitStore:
    """Stores limits in this process, as a fallback without Redis and database: limits then hold per process."""

    def __init__(self) -> None:
        self._usage: LRUCache[str, Usage] = LRUCache(MAX_KEYS_IN_PROCESS)
        self._lock = Lock()

    def consume(self, key: str, request: LimitRequest) -> Verdict:
        """Grant or refuse in memory."""
        with self._lock:
            usage = self._usage.get(key, Usage()).at(request)
            granted = usage.total(request) + request.cost <= request.limit
            if granted:
                usage = self._usage[key] = usage._replace(current=usage.current + request.cost)
        return usage.verdict(request, granted=granted)

    def reset(self, key: str) -> None:
        """Forget what was used."""
        with self._lock:
            self._usage.pop(key, None)
