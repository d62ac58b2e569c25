"""How much of a limit is spent: the rule, and the three places where it can be kept."""

import json
import math
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from sqlalchemy import text

from forum.infra.db import ephemeral_transaction
from forum.infra.ephemeral_store import RedisConnection, advisory_lock

BUCKETS = 32  # a limit above this many is remembered in 32nds of its time, so that a row stays small
MAX_KEYS_IN_PROCESS = 10_000
MAX_CLOCK_SKEW_SECONDS = 5.0  # seconds by which nodes' clocks may differ

UsageMarks = list[list[float]]  # [moment, how much was spent then], the oldest first


@dataclass(frozen=True)
class LimitRequest:
    """What is asked for: `cost` if the limit allows; `owed` was granted before and only has to be noted."""

    limit: int
    seconds: int
    cost: int
    owed: int
    now: float


@dataclass(frozen=True)
class Verdict:
    """Seconds to wait (0: granted), and how much is left of the limit."""

    wait: int
    left: int


class LimitStore(Protocol):
    """A place where it is kept what was spent under which key."""

    def buy(self, key: str, wish: LimitRequest) -> Verdict:
        """Grant or refuse, one at a time for a key."""

    def forgive(self, key: str) -> None:
        """Forget what was spent."""


def consume(marks: UsageMarks, wish: LimitRequest) -> tuple[UsageMarks, Verdict]:
    """At most `limit` in any stretch of `seconds`: what is remembered afterwards, and the verdict.

    Marks from the future are of a clock that was put back since, and do not count.
    """
    live = [mark for mark in marks if wish.now - wish.seconds < mark[0] <= wish.now + MAX_CLOCK_SKEW_SECONDS]
    if wish.owed:
        live = _note(live, wish, wish.owed)
    left = wish.limit - sum(int(mark[1]) for mark in live)
    if wish.cost <= left:
        return _note(live, wish, wish.cost), Verdict(0, left - wish.cost)
    missing = wish.cost - left
    for moment, spent in live:
        missing -= int(spent)
        if missing <= 0:
            return live, Verdict(max(1, math.ceil(moment + wish.seconds - wish.now)), max(0, left))
    return live, Verdict(wish.seconds, max(0, left))


def _note(marks: UsageMarks, wish: LimitRequest, spent: int) -> UsageMarks:
    """Marks of the same grain become one, at the later moment: the limit is never exceeded by it."""
    grain = wish.seconds / BUCKETS
    if wish.limit > BUCKETS and marks and marks[-1][0] // grain == wish.now // grain:
        return [*marks[:-1], [wish.now, marks[-1][1] + spent]]
    return [*marks, [wish.now, spent]]


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
    """Kept in the volatile database, shared by all processes."""

    def buy(self, key: str, wish: LimitRequest) -> Verdict:
        """Read, settle and write in one transaction."""
        with ephemeral_transaction() as connection:
            advisory_lock(connection, key)
            before: UsageMarks = json.loads(connection.execute(_READ, {"key": key}).scalar() or "[]")
            marks, verdict = consume(before, wish)
            if marks and marks != before:
                row = {"key": key, "marks": json.dumps(marks), "spent": sum(int(mark[1]) for mark in marks)}
                connection.execute(_WRITE, row | {"expires_at": marks[-1][0] + wish.seconds})
        return verdict

    def forgive(self, key: str) -> None:
        """Forget what was spent."""
        with ephemeral_transaction() as connection:
            connection.execute(_FORGIVE, {"key": key})

    def purge(self, now: float, *, most: int) -> None:
        """Remove what no longer counts and, past `most` rows, the keys that spent least: a flood's are those."""
        with ephemeral_transaction() as connection:
            connection.execute(_EXPIRE, {"now": now})
            surplus = (connection.execute(_COUNT).scalar() or 0) - most
            if surplus > 0:
                connection.execute(_TRIM, {"surplus": surplus})


# `settle` once more, in the words of Redis, which runs one script at a time.
_BUY = """
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
    """Kept in Redis, shared by all nodes; what no longer counts is removed by Redis itself."""

    def __init__(self, line: RedisConnection) -> None:
        self._line = line
        self._script = line.client.register_script(_BUY)

    def buy(self, key: str, wish: LimitRequest) -> Verdict:
        """Settle inside Redis; raises Gone."""
        terms = [wish.now, wish.limit, wish.seconds, wish.cost, wish.owed, BUCKETS, MAX_CLOCK_SKEW_SECONDS]
        wait, left = self._line.ask(lambda: self._script(keys=[f"forum:limit:{key}"], args=terms))
        return Verdict(int(wait), int(left))

    def forgive(self, key: str) -> None:
        """Forget what was spent; raises Gone."""
        self._line.ask(lambda: self._line.client.delete(f"forum:limit:{key}"))


class ProcessLimitStore:
    """Kept in this process, for when neither Redis nor the database can be asked: the limit then holds by process."""

    def __init__(self) -> None:
        self._marks: OrderedDict[str, UsageMarks] = OrderedDict()
        self._lock = Lock()

    def buy(self, key: str, wish: LimitRequest) -> Verdict:
        """Settle in memory; keys long not used fall out."""
        with self._lock:
            marks, verdict = consume(self._marks.pop(key, []), wish)
            self._marks[key] = marks
            if len(self._marks) > MAX_KEYS_IN_PROCESS:
                self._marks.popitem(last=False)
        return verdict

    def forgive(self, key: str) -> None:
        """Forget what was spent."""
        with self._lock:
            self._marks.pop(key, None)
