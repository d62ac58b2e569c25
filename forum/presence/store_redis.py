"""Presence in Redis, for several nodes: sorted sets scored by the time of the last heartbeat."""

import secrets
from collections.abc import Sequence

from forum.infra.ephemeral.ephemeral_store import RedisConnection
from forum.presence.rules import (
    GUESTS_A_PLACE,
    GUESTS_IN_ALL,
    LONG_TAB,
    MAX_TABS_PER_PLACE,
    MAX_WRITERS,
    WRITING_SECONDS,
    Place,
)
from forum.presence.store import Counts, Heartbeat

# forum:at:PLACE:KIND holds the visitors in a place, a board or the forum; forum:tabs:VISITOR their open pages, each
# as PLACE|BOARD|TAB. Every set expires a minute after the last heartbeat in it has become stale.

# A visitor is in a place, its board and the forum while one of their tabs is; `update_areas` follows.
_SHARED = """
local visitor, since = ARGV[1], tonumber(ARGV[2])
local kind, tabs = string.sub(visitor, 1, 1), 'forum:tabs:' .. visitor
local function areas_of(page)
  local place, board = string.match(page, '^([^|]*)|([^|]*)|')
  local found = {forum = true, [place] = true}
  if board ~= '0' then found['board:' .. board] = true end
  return found
end
local function update_areas(touched)
  local latest = {}
  local open = redis.call('ZRANGE', tabs, 0, -1, 'WITHSCORES')
  for index = 1, #open, 2 do
    local seen = tonumber(open[index + 1])
    for area in pairs(areas_of(open[index])) do latest[area] = math.max(latest[area] or 0, seen) end
  end
  for area in pairs(touched) do
    local key = 'forum:at:' .. area .. ':' .. kind
    if latest[area] then redis.call('ZADD', key, latest[area], visitor) else redis.call('ZREM', key, visitor) end
    redis.call('EXPIRE', key, 360)
  end
end
local function close(should)
  local touched = {}
  for _, page in ipairs(redis.call('ZRANGE', tabs, 0, -1)) do
    if should(page) then
      redis.call('ZREM', tabs, page)
      for area in pairs(areas_of(page)) do touched[area] = true end
    end
  end
  update_areas(touched)
end
"""

_TOUCH = (
    _SHARED
    + """
local now, place, board, tab = tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local page, here = place .. '|' .. board .. '|' .. tab, 'forum:at:' .. place .. ':'
for _, area in ipairs({'forum', place, 'board:' .. board}) do
  for _, each in ipairs({'m', 'g', 'r'}) do
    redis.call('ZREMRANGEBYSCORE', 'forum:at:' .. area .. ':' .. each, '-inf', since)
  end
end
if kind ~= 'm' and not redis.call('ZSCORE', tabs, page) then
  local function many(area) return redis.call('ZCARD', area .. 'g') + redis.call('ZCARD', area .. 'r') end
  if many('forum:at:forum:') >= tonumber(ARGV[7]) or many(here) >= tonumber(ARGV[8]) then return 0 end
end
redis.call('ZREMRANGEBYSCORE', tabs, '-inf', since)
if tab ~= '' then
  local others = {}
  for _, other in ipairs(redis.call('ZREVRANGE', tabs, 0, -1)) do
    if string.sub(other, 1, #place + 1) == place .. '|' and other ~= page and string.sub(other, -1) ~= '|' then
      others[#others + 1] = other
    end
  end
  local surplus = {}
  for index = tonumber(ARGV[9]), #others do surplus[others[index]] = true end
  close(function(other)
    return surplus[other] or string.match(other, '^' .. place .. '|%d+|$') ~= nil
  end)
end
redis.call('ZADD', tabs, now, page)
redis.call('EXPIRE', tabs, 360)
update_areas(areas_of(page))
return 1
"""
)
_LEAVE = (
    _SHARED
    + """
close(function(page)
  local place, _, tab = string.match(page, '^([^|]*)|([^|]*)|(.*)$')
  return (tab == '' or tab == ARGV[4]) and (ARGV[3] == '' or place == ARGV[3])
end)
"""
)
_DAY_KEY = """
local known = redis.call('GET', KEYS[1])
if known and string.sub(known, 1, #ARGV[1]) == ARGV[1] then return known end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'EX', 86400)
return ARGV[1] .. ARGV[2]
"""
_WRITERS = "forum:writers"  # THREAD:MEMBER, by when they last typed


class RedisPresence:
    """Sets shared by all nodes; every method raises RedisUnavailable if Redis does not answer."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self._touch = connection.client.register_script(_TOUCH)
        self._leave = connection.client.register_script(_LEAVE)
        self._day_key = connection.client.register_script(_DAY_KEY)

    def day_key(self, day: str) -> bytes:
        """The day's key, created by the first caller; it replaces the previous day's."""
        fresh = secrets.token_hex(32)
        known: str = self._connection.call(lambda: self._day_key(keys=["forum:day-key"], args=[day, fresh]))
        return bytes.fromhex(known.removeprefix(day))

    def tally(self, heartbeat: Heartbeat, since: float) -> Counts:
        """Count distinct visitors, in one round trip."""
        here, after = f"forum:at:{heartbeat.place.name}:", f"({since}"
        pipeline = self._connection.client.pipeline(transaction=True)
        pipeline.zrevrangebyscore(here + "m", "+inf", after)
        pipeline.zcount(here + "g", after, "+inf")
        pipeline.zcount(here + "r", after, "+inf")
        pipeline.zscore(here + heartbeat.kind, heartbeat.visitor)
        page = f"{heartbeat.place.name}|{heartbeat.place.board_id}|{heartbeat.tab}"
        pipeline.zscore(f"forum:tabs:{heartbeat.visitor}", page)
        members, guests, robots, own_seen_at, tab_seen_at = self._connection.call(pipeline.execute)
        return Counts(
            member_ids=tuple(int(visitor[1:]) for visitor in members),
            guests=int(guests),
            robots=int(robots),
            includes_caller=own_seen_at is not None and float(own_seen_at) > since,
            seen_at=float(tab_seen_at or 0),
        )

    def touch(self, heartbeat: Heartbeat, since: float) -> bool:
        """Update a page and the sets that it counts in."""
        place, tab = heartbeat.place, heartbeat.tab
        connection, arguments = self._connection, _arguments(heartbeat, since)
        if len(tab) >= LONG_TAB and connection.call(lambda: connection.client.exists(_closed(place, tab))):
            return True  # a heartbeat that arrived after the tab was closed
        is_stored = bool(connection.call(lambda: self._touch(args=arguments)))
        previous = {heartbeat.previous_visitor, self._swap_visitor(place, tab, heartbeat.visitor)} - {
            "",
            heartbeat.visitor,
        }
        for visitor in previous:
            self._close(place, visitor, tab)
        return is_stored

    def touch_all(self, heartbeats: Sequence[Heartbeat], since: float) -> None:
        """Update pages without JavaScript in one round trip."""
        pipeline = self._connection.client.pipeline(transaction=False)
        for heartbeat in heartbeats:
            self._touch(args=_arguments(heartbeat, since), client=pipeline)
        self._connection.call(pipeline.execute)

    def leave(self, place: Place, visitor: str, tab: str) -> None:
        """Close a page; a tab id is long and random, so it alone authorizes closing, under any user agent."""
        for previous in {visitor, self._swap_visitor(place, tab, "")} - {""}:
            self._close(place, previous, tab)
        if len(tab) >= LONG_TAB:
            self._connection.call(lambda: self._connection.client.set(_closed(place, tab), 1, ex=360))

    def _close(self, place: Place, visitor: str, tab: str) -> None:
        self._connection.call(lambda: self._leave(args=[visitor, 0, place.name, tab]))

    def _swap_visitor(self, place: Place, tab: str, visitor: str) -> str:
        """The visitor last seen in a tab; stores `visitor` as the new one, or deletes the entry if that is empty."""
        if len(tab) < LONG_TAB:
            return ""
        key, connection = f"forum:tab:{place.name}|{tab}", self._connection
        if visitor:
            return connection.call(lambda: connection.client.set(key, visitor, ex=360, get=True)) or ""
        return connection.call(lambda: connection.client.getdel(key)) or ""

    def forget(self, visitor: str) -> None:
        """Close a visitor's pages without a tab id."""
        self._connection.call(lambda: self._leave(args=[visitor, 0, "", ""]))

    def purge(self, since: float) -> None:
        """Do nothing: each heartbeat removes stale entries, and unused sets expire."""

    def write_in(self, thread_id: int, member_id: int, now: float) -> None:
        """Add to one set for all threads, and remove the stale ones."""
        pipeline = self._connection.client.pipeline(transaction=False)
        pipeline.zadd(_WRITERS, {f"{thread_id}:{member_id}": now})
        pipeline.zremrangebyscore(_WRITERS, "-inf", now - WRITING_SECONDS)
        pipeline.expire(_WRITERS, 60)
        self._connection.call(pipeline.execute)

    def stop_writing_in(self, thread_id: int, member_id: int) -> None:
        """Remove from the set."""
        self._connection.call(lambda: self._connection.client.zrem(_WRITERS, f"{thread_id}:{member_id}"))

    def writers(self, since: float) -> list[tuple[int, int]]:
        """The newest of the set."""
        client = self._connection.client
        found = self._connection.call(
            lambda: client.zrevrangebyscore(_WRITERS, "+inf", f"({since}", start=0, num=MAX_WRITERS)
        )
        pairs = [name.split(":") for name in found]
        return [(int(thread_id), int(member_id)) for thread_id, member_id in pairs]


def _arguments(heartbeat: Heartbeat, since: float) -> list[object]:
    """The arguments of the _TOUCH script."""
    place, limits = (
        (heartbeat.place.name, heartbeat.place.board_id),
        (GUESTS_IN_ALL, GUESTS_A_PLACE, MAX_TABS_PER_PLACE),
    )
    return [heartbeat.visitor, since, heartbeat.seen_at, *place, heartbeat.tab, *limits]


def _closed(place: Place, tab: str) -> str:
    return f"forum:closed:{place.name}|{tab}"
