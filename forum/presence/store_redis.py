"""Presence in Redis, for several nodes: sorted sets by the moment of the last sign of life."""

import secrets
from collections.abc import Sequence

from forum.infra.ephemeral_store import RedisConnection
from forum.presence.rules import GUESTS_A_PLACE, GUESTS_IN_ALL, LONG_TAB, TABS, Place
from forum.presence.store import Counts, Heartbeat

# forum:at:PLACE:KIND holds the visitors in a place, a board or the forum; forum:tabs:VISITOR their open pages, each
# as PLACE|BOARD|TAB. Every set is gone a minute after the last sign of life in it has lost its meaning.

# A visitor is in a place, its board and the forum as long as one of their tabs is; `settle` makes the sets say so.
_SHARED = """
local visitor, since = ARGV[1], tonumber(ARGV[2])
local kind, tabs = string.sub(visitor, 1, 1), 'forum:tabs:' .. visitor
local function rooms(page)
  local place, board = string.match(page, '^([^|]*)|([^|]*)|')
  local found = {forum = true, [place] = true}
  if board ~= '0' then found['board:' .. board] = true end
  return found
end
local function settle(touched)
  local latest = {}
  local open = redis.call('ZRANGE', tabs, 0, -1, 'WITHSCORES')
  for index = 1, #open, 2 do
    local seen = tonumber(open[index + 1])
    for room in pairs(rooms(open[index])) do latest[room] = math.max(latest[room] or 0, seen) end
  end
  for room in pairs(touched) do
    local key = 'forum:at:' .. room .. ':' .. kind
    if latest[room] then redis.call('ZADD', key, latest[room], visitor) else redis.call('ZREM', key, visitor) end
    redis.call('EXPIRE', key, 360)
  end
end
local function close(should)
  local touched = {}
  for _, page in ipairs(redis.call('ZRANGE', tabs, 0, -1)) do
    if should(page) then
      redis.call('ZREM', tabs, page)
      for room in pairs(rooms(page)) do touched[room] = true end
    end
  end
  settle(touched)
end
"""

_TOUCH = (
    _SHARED
    + """
local now, place, board, tab = tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local page, here = place .. '|' .. board .. '|' .. tab, 'forum:at:' .. place .. ':'
for _, room in ipairs({'forum', place, 'board:' .. board}) do
  for _, each in ipairs({'m', 'g', 'r'}) do
    redis.call('ZREMRANGEBYSCORE', 'forum:at:' .. room .. ':' .. each, '-inf', since)
  end
end
if kind ~= 'm' and not redis.call('ZSCORE', tabs, page) then
  local function many(room) return redis.call('ZCARD', room .. 'g') + redis.call('ZCARD', room .. 'r') end
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
settle(rooms(page))
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


class RedisPresence:
    """Sets that all nodes share; every method raises Gone when Redis does not answer."""

    def __init__(self, line: RedisConnection) -> None:
        self._line = line
        self._touch = line.client.register_script(_TOUCH)
        self._leave = line.client.register_script(_LEAVE)
        self._day_key = line.client.register_script(_DAY_KEY)

    def day_key(self, day: str) -> bytes:
        """The day's key, made by the first to ask; it takes the place of yesterday's."""
        fresh = secrets.token_hex(32)
        known: str = self._line.ask(lambda: self._day_key(keys=["forum:day-key"], args=[day, fresh]))
        return bytes.fromhex(known.removeprefix(day))

    def tally(self, mark: Heartbeat, since: float) -> Counts:
        """Distinct visitors, by one journey."""
        here, after = f"forum:at:{mark.place.name}:", f"({since}"
        journey = self._line.client.pipeline(transaction=True)
        journey.zrevrangebyscore(here + "m", "+inf", after)
        journey.zcount(here + "g", after, "+inf")
        journey.zcount(here + "r", after, "+inf")
        journey.zscore(here + mark.kind, mark.visitor)
        journey.zscore(f"forum:tabs:{mark.visitor}", f"{mark.place.name}|{mark.place.board_id}|{mark.tab}")
        members, guests, robots, mine, my_tab = self._line.ask(journey.execute)
        return Counts(
            member_ids=tuple(int(visitor[1:]) for visitor in members),
            guests=int(guests),
            robots=int(robots),
            has_me=mine is not None and float(mine) > since,
            seen_at=float(my_tab or 0),
        )

    def touch(self, mark: Heartbeat, since: float) -> bool:
        """Renew a page and the sets it counts in."""
        place, arguments = mark.place, _arguments(mark, since)
        if len(mark.tab) >= LONG_TAB and self._line.ask(lambda: self._line.client.exists(_closed(place, mark.tab))):
            return True  # its last sign of life came after its farewell
        is_noted = bool(self._line.ask(lambda: self._touch(args=arguments)))
        before = {mark.was, self._speaker(place, mark.tab, mark.visitor)} - {"", mark.visitor}
        for visitor in before:
            self._close(place, visitor, mark.tab)
        return is_noted

    def touch_all(self, marks: Sequence[Heartbeat], since: float) -> None:
        """Renew pages without script by one journey."""
        journey = self._line.client.pipeline(transaction=False)
        for mark in marks:
            self._touch(args=_arguments(mark, since), client=journey)
        self._line.ask(journey.execute)

    def leave(self, place: Place, visitor: str, tab: str) -> None:
        """Close a page; a tab's name is long and random, so who knows it may close it under any agent."""
        for each in {visitor, self._speaker(place, tab, "")} - {""}:
            self._close(place, each, tab)
        if len(tab) >= LONG_TAB:
            self._line.ask(lambda: self._line.client.set(_closed(place, tab), 1, ex=360))

    def _close(self, place: Place, visitor: str, tab: str) -> None:
        self._line.ask(lambda: self._leave(args=[visitor, 0, place.name, tab]))

    def _speaker(self, place: Place, tab: str, visitor: str) -> str:
        """Who spoke last in a tab, which is noted for the visitor who does now."""
        if len(tab) < LONG_TAB:
            return ""
        key, line = f"forum:tab:{place.name}|{tab}", self._line
        if visitor:
            return line.ask(lambda: line.client.set(key, visitor, ex=360, get=True)) or ""
        return line.ask(lambda: line.client.getdel(key)) or ""

    def forget(self, visitor: str) -> None:
        """Close a visitor's pages without a tab."""
        self._line.ask(lambda: self._leave(args=[visitor, 0, "", ""]))

    def purge(self, since: float) -> None:
        """Nothing to do: each sign of life removes what is older, and Redis the sets that nobody comes to."""


def _arguments(mark: Heartbeat, since: float) -> list[object]:
    """What the script that touches is told."""
    where, room = (mark.place.name, mark.place.board_id), (GUESTS_IN_ALL, GUESTS_A_PLACE, TABS)
    return [mark.visitor, since, mark.seen_at, *where, mark.tab, *room]


def _closed(place: Place, tab: str) -> str:
    return f"forum:closed:{place.name}|{tab}"
