"""Views in Redis, for several nodes."""

from collections.abc import Mapping, Sequence

from forum.infra import clock
from forum.infra.ephemeral.ephemeral_store import RedisConnection
from forum.presence.rules import VIEW_SECONDS, VIEWS_REMEMBERED
from forum.presence.store import View

SEEN, OWED, BATCHES = "forum:views:seen", "forum:views:owed", "forum:views:batches"

_COUNT = """
local thread, visitor, now, before = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local view = thread .. '|' .. visitor
local last = redis.call('ZSCORE', KEYS[1], view)
if last and tonumber(last) > before then return 0 end
if string.sub(visitor, 1, 1) ~= 'm' and not last and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[5]) then return 0 end
redis.call('ZADD', KEYS[1], now, view)
redis.call('HINCRBY', KEYS[2], thread, 1)
return 1
"""
_MAKE_BATCH = """
if redis.call('HLEN', KEYS[1]) == 0 then return 0 end
local last = tonumber(redis.call('ZREVRANGE', KEYS[2], 0, 0)[1] or '0')
local number = string.format('%.0f', math.max(tonumber(ARGV[1]) + 1, last + 1, tonumber(ARGV[2])))
redis.call('RENAME', KEYS[1], KEYS[2] .. ':' .. number)
redis.call('ZADD', KEYS[2], number, number)
return 1
"""


class RedisViews:
    """A sorted set of view times, and a hash of pending views; every method raises RedisUnavailable."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self._count = connection.client.register_script(_COUNT)
        self._make_batch = connection.client.register_script(_MAKE_BATCH)

    def count(self, thread_id: int, visitor: str, now: float) -> bool:
        """Check and count in one script."""
        arguments = _arguments(View(thread_id, visitor, now))
        return bool(self._connection.call(lambda: self._count(keys=[SEEN, OWED], args=arguments)))

    def count_all(self, views: Sequence[View]) -> None:
        """Check and count all in one round trip."""
        pipeline = self._connection.client.pipeline(transaction=False)
        for view in views:
            self._count(keys=[SEEN, OWED], args=_arguments(view), client=pipeline)
        self._connection.call(pipeline.execute)

    def pending(self) -> Mapping[int, int]:
        """Views by thread that are not in a batch yet."""
        return self._views(OWED)

    def make_batch(self, after: int) -> None:
        """Rename the hash of pending views to a batch number."""
        moment = int(clock.now().timestamp() * 1_000_000)
        self._connection.call(lambda: self._make_batch(keys=[OWED, BATCHES], args=[after, moment]))

    def batches(self) -> Mapping[int, Mapping[int, int]]:
        """Batches by number, each with views by thread."""
        numbers: list[str] = self._connection.call(lambda: self._connection.client.zrange(BATCHES, 0, -1))
        return {int(number): self._views(f"{BATCHES}:{number}") for number in numbers}

    def _views(self, name: str) -> Mapping[int, int]:
        views_of: dict[str, str] = self._connection.call(lambda: self._connection.client.hgetall(name))
        return {int(thread_id): int(views) for thread_id, views in views_of.items()}

    def drop_batches(self, up_to: int) -> None:
        """Delete the batches that have been added to the threads."""
        arrived: list[str] = self._connection.call(
            lambda: self._connection.client.zrangebyscore(BATCHES, "-inf", up_to)
        )
        if arrived:
            pipeline = self._connection.client.pipeline(transaction=True)
            pipeline.delete(*(f"{BATCHES}:{number}" for number in arrived))
            pipeline.zrem(BATCHES, *arrived)
            self._connection.call(pipeline.execute)

    def purge_views(self, before: float) -> None:
        """Delete views counted before a time."""
        self._connection.call(lambda: self._connection.client.zremrangebyscore(SEEN, "-inf", before))


def _arguments(view: View) -> list[object]:
    return [view.thread_id, view.visitor, view.now, view.now - VIEW_SECONDS, VIEWS_REMEMBERED]
