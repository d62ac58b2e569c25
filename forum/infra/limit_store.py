"""Rate-limit accounting: the sliding-window algorithm and its three interchangeable stores."""

import json
import math
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from sqlalchemy import text

from forum.infra.db import ephemeral_transaction
from forum.infra.ephemeral_store import RedisConnection, advisory_lock

BUCKETS = 32  # limits above this number are recorded in 32nds of their window, so that a row stays small
MAX_KEYS_IN_PROCESS = 10_000
MAX_CLOCK_SKEW_SECONDS = 5.0  # between the nodes' clocks

UsageMarks = list[list[float]]  # [time, amount spent], oldest first


@dataclass(frozen=True)
class LimitRequest:
    """A request for `cost`, to be granted or refused; `owed` was granted before and only has to be recorded."""

    limit: int
    seconds: int
    cost: int
    owed: int
    now: float


@dataclass(frozen=True)
class Verdict:
    """Seconds to wait (0 = granted), and how much of the limit is left."""

    wait: int
    left: int


class LimitStore(Protocol):
    """Stores how much was spent under which key."""

    def buy(self, key: str, request: LimitRequest) -> Verdict:
        """Grant or refuse a request; calls for the same key are serialized."""

    def forgive(self, key: str) -> None:
        """Forget what was spent."""


def consume(marks: UsageMarks, request: LimitRequest) -> tuple[UsageMarks, Verdict]:
    """Allow at most `limit` in any window of `seconds`; returns the new marks and the verdict.

    Marks from the future do not count: the clock was set back since.
    """
    live = [mark for mark in marks if request.now - request.seconds < mark[0] <= request.now + MAX_CLOCK_SKEW_SECONDS]
    if request.owed:
        live = _add_mark(live, request, request.owed)
    left = request.limit - sum(int(mark[1]) for mark in live)
    if request.cost <= left:
        return _add_mark(live, request, request.cost), Verdict(0, left - request.cost)
    missing = request.cost - left
    for moment, spent in live:
        missing -= int(spent)
        if missing <= 0:
            return live, Verdict(max(1, math.ceil(moment + request.seconds - request.now)), max(0, left))
    return live, Verdict(request.seconds, max(0, left))


def _add_mark(marks: UsageMarks, request: LimitRequest, spent: int) -> UsageMarks:
    """Add a mark; marks in the same bucket are merged at the later time, so that the limit is never exceeded."""
    grain = request.seconds / BUCKETS
    if request.limit > BUCKETS and marks and marks[-1][0] // grain == request.now // grain:
        return [*marks[:-1], [request.now, marks[-1][1] + spent]]
    return [*marks, [request.now, spent]]


_READ = text("SELECT marks FROM volatile_limit WHERE key = :key")
_WRITE = text(
    "INSERT INTO volatile_limit (key, marks, spent, expires_at) VALUES (:key, :marks, :spent, :expires_at) "
    "ON CONFLICT (key) DO UPDATE SET marks = excluded.marks, spent = excluded.spent, expires_at = excluded.expires_at"
)
_FORGIVE = text("DELETE FROM volatile_limit WHERE key = :key")
_EXPIRE = text("DELETE FROM volatile_limit WHERE expires_at <= :now")
_COUNT = text("SELECT count(*) FROM volatile_limit")
_TRIM = text(
    "DELETE FROM volatile_limit WHERE key IN (SELECT key FROM volatile_limit ORDER BY spent, expires_at LIMIT :surplus)"
)


class DatabaseLimitStore:
    """Stores limits in the ephemeral database, shared by all processes."""

    def buy(self, key: str, request: LimitRequest) -> Verdict:
        """Read, consume and write in one transaction."""
        with ephemeral_transaction() as connection:
            advisory_lock(connection, key)
            before: UsageMarks = json.loads(connection.execute(_READ, {"key": key}).scalar() or "[]")
            marks, verdict = consume(before, request)
            if marks and marks != before:
                row = {"key": key, "marks": json.dumps(marks), "spent": sum(int(mark[1]) for mark in marks)}
                connection.execute(_WRITE, row | {"expires_at": marks[-1][0] + request.seconds})
        return verdict

    def forgive(self, key: str) -> None:
        """Forget what was spent."""
        with ephemeral_transaction() as connection:
            connection.execute(_FORGIVE, {"key": key})

    def purge(self, now: float, *, most: int) -> None:
        """Remove expired rows and, above `most` rows, the keys that spent least, such as those of a flood."""
        with ephemeral_transaction() as connection:
            connection.execute(_EXPIRE, {"now": now})
            surplus = (connection.execute(_COUNT).scalar() or 0) - most
            if surplus > 0:
                connection.execute(_TRIM, {"surplus": surplus})


# `consume` as a Lua script; Redis runs scripts one at a time.
_CONSUME_SCRIPT = """
local now, limit, seconds = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local cost, owed, grain = tonumber(ARGV[4]), tonumber(ARGV[5]), seconds / tonumber(ARGV[6])
local coarse, ahead = limit > tonumber(ARGV[6]), tonumber(ARGV[7])
local live, spent, changed = {}, 0, false
for _, mark in ipairs(cjson.decode(redis.call('GET', KEYS[1]) or '[]')) do
  if mark[1] > now - seconds and mark[1] <= now + ahead then live[#live + 1] = mark; spent = spent + mark[2] end
end
local function note(amount)
  local last = live[#live]
  if coarse and last and math.floor(last[1] / grain) == math.floor(now / grain) then
    last[1] = now; last[2] = last[2] + amount
  else
    live[#live + 1] = {now, amount}
  end
  spent = spent + amount; changed = true
end
if owed > 0 then note(owed) end
local wait = 0
if spent + cost <= limit then
  note(cost)
else
  wait = seconds
  local missing = spent + cost - limit
  for _, mark in ipairs(live) do
    missing = missing - mark[2]
    if missing <= 0 then wait = math.max(1, math.ceil(mark[1] + seconds - now)); break end
  end
end
if changed then redis.call('SET', KEYS[1], cjson.encode(live), 'EX', seconds + 1) end
return {wait, math.max(0, limit - spent)}
"""


class RedisLimitStore:
    """Stores limits in Redis, shared by all nodes; Redis expires the keys itself."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self._script = connection.client.register_script(_CONSUME_SCRIPT)

    def buy(self, key: str, request: LimitRequest) -> Verdict:
        """Consume inside Redis; raises RedisUnavailable."""
        values = [
            request.now,
            request.limit,
            request.seconds,
            request.cost,
            request.owed,
            BUCKETS,
            MAX_CLOCK_SKEW_SECONDS,
        ]
        wait, left = self._connection.ask(lambda: self._script(keys=[f"forum:limit:{key}"], args=values))
        return Verdict(int(wait), int(left))

    def forgive(self, key: str) -> None:
        """Forget what was spent; raises RedisUnavailable."""
        self._connection.ask(lambda: self._connection.client.delete(f"forum:limit:{key}"))


class ProcessLimitStore:
    """Stores limits in this process, as a fallback without Redis and database: limits then hold per process."""

    def __init__(self) -> None:
        self._marks: OrderedDict[str, UsageMarks] = OrderedDict()
        self._lock = Lock()

    def buy(self, key: str, request: LimitRequest) -> Verdict:
        """Consume in memory; the least recently used keys are evicted."""
        with self._lock:
            marks, verdict = consume(self._marks.pop(key, []), request)
            self._marks[key] = marks
            if len(self._marks) > MAX_KEYS_IN_PROCESS:
                self._marks.popitem(last=False)
        return verdict

    def forgive(self, key: str) -> None:
        """Forget what was spent."""
        with self._lock:
            self._marks.pop(key, None)
