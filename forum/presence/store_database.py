"""Presence in the ephemeral database (SQLite or PostgreSQL)."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Float, bindparam, case, cast, distinct, func, select, text

from forum.infra import clock
from forum.infra.database.db import ephemeral_transaction
from forum.infra.ephemeral.ephemeral_store import presence
from forum.presence.memory import RowQuota
from forum.presence.rules import (
    GUESTS_A_PLACE,
    GUESTS_IN_ALL,
    LONG_TAB,
    MAX_TABS_PER_PLACE,
    MAX_WRITERS,
    MEMBER,
    ROBOT,
    WRITING,
    Place,
)
from forum.presence.store import Counts, Heartbeat

CACHED_COUNTS_MIN = 500  # visitors in a place, above which its counts are cached for CACHED_COUNTS_SECONDS
CACHED_COUNTS_SECONDS = 2.0
MAX_CACHED_PLACES = 100

_row = presence.c
_is_own_tab = (
    (_row.visitor == bindparam("visitor")) & (_row.place == bindparam("place")) & (_row.tab == bindparam("tab"))
)
_BY_KIND = (
    select(
        _row.kind,
        _row.member_id,
        func.count(distinct(_row.visitor)),
        func.max(case((_row.visitor == bindparam("visitor"), 1), else_=0)),
        func.max(case((_is_own_tab, _row.seen_at), else_=cast(0.0, Float))),
    )
    .where(_row.seen_at > bindparam("since"))
    .group_by(_row.kind, _row.member_id)
    .order_by(func.max(_row.seen_at).desc(), _row.member_id)
)
_IN_PLACE = _BY_KIND.where(_row.place == bindparam("place"))
_IN_BOARD = _BY_KIND.where(_row.board_id == bindparam("board_id"))

_OWN_TAB = text("SELECT seen_at FROM volatile_presence WHERE place = :place AND visitor = :visitor AND tab = :tab")
_TOUCH = text(
    "INSERT INTO volatile_presence (place, visitor, tab, kind, member_id, board_id, seen_at) "
    "VALUES (:place, :visitor, :tab, :kind, :member_id, :board_id, :seen_at) "
    "ON CONFLICT (place, visitor, tab) DO UPDATE SET seen_at = excluded.seen_at, board_id = excluded.board_id"
)
# The first heartbeat of a tab replaces the row of its page view, which had no tab id; of a visitor's other tabs the
# newest stay; and a tab belongs to one visitor at a time: a log-in or log-out replaces the previous one.
_REPLACE_OTHERS = text(
    "DELETE FROM volatile_presence WHERE place = :place AND (visitor = :visitor AND (tab = '' OR tab IN ("
    "SELECT tab FROM volatile_presence WHERE place = :place AND visitor = :visitor AND tab NOT IN ('', :tab) "
    "ORDER BY seen_at DESC LIMIT 100 OFFSET :others)) OR visitor = :previous_visitor AND tab = :tab "
    "OR tab = :tab AND visitor <> :visitor AND length(tab) >= :long_tab)"
)
_GUESTS_HERE = text(
    "SELECT count(*), max(CASE WHEN visitor = :visitor AND tab = :tab THEN 1 ELSE 0 END) "
    "FROM volatile_presence WHERE place = :place AND kind IN ('g', 'r')"
)
_UNNAMED = text("SELECT visitor FROM volatile_presence WHERE place = :place AND tab = '' AND kind IN ('g', 'r')")
_GUESTS = text("SELECT count(*) FROM volatile_presence WHERE kind IN ('g', 'r')")
# A tab id is long and random, so it alone authorizes closing: some browsers send the leave beacon with another agent.
_LEAVE = text(
    "DELETE FROM volatile_presence WHERE place = :place "
    "AND (visitor = :visitor AND tab IN ('', :tab) OR tab = :tab AND length(tab) >= :long_tab)"
)
_FORGET = text("DELETE FROM volatile_presence WHERE visitor = :visitor AND tab = ''")
# A closed tab leaves a tombstone row whose seen_at is minus the closing time, as its last heartbeat may arrive late.
_CLOSE = text(
    "INSERT INTO volatile_presence (place, visitor, tab, kind, member_id, board_id, seen_at) "
    "VALUES (:place, '-', :tab, 'x', 0, 0, :closed) ON CONFLICT (place, visitor, tab) DO NOTHING"
)
_IS_CLOSED = text("SELECT 1 FROM volatile_presence WHERE place = :place AND visitor = '-' AND tab = :tab")
_PURGE = text("DELETE FROM volatile_presence WHERE seen_at <= :since AND (seen_at >= 0 OR -seen_at <= :since)")
_WRITERS = (
    select(_row.place, _row.member_id)
    .where(_row.place.between(WRITING, WRITING + "~"), _row.seen_at > bindparam("since"))
    .limit(MAX_WRITERS)
)
_STOP_WRITING = text("DELETE FROM volatile_presence WHERE place = :place AND visitor = :visitor")
_OLD_KEYS = text("DELETE FROM volatile_day_key WHERE day <> :day")
_NEW_KEY = text("INSERT INTO volatile_day_key (day, value) VALUES (:day, :value) ON CONFLICT (day) DO NOTHING")
_KEY = text("SELECT value FROM volatile_day_key WHERE day = :day")


class DatabasePresence:
    """One row per place, visitor and tab."""

    def __init__(self) -> None:
        self._quota = RowQuota(GUESTS_IN_ALL)
        self._large_counts: dict[str, tuple[float, Counts]] = {}

    def day_key(self, day: str) -> bytes:
        """The day's key, created by the first caller."""
        with ephemeral_transaction() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete = ON")  # overwrites deleted content
            connection.execute(_OLD_KEYS, {"day": day})
            connection.execute(_NEW_KEY, {"day": day, "value": secrets.token_bytes(32)})
            return bytes(connection.execute(_KEY, {"day": day}).scalar_one())

    def tally(self, heartbeat: Heartbeat, since: float) -> Counts:
        """Count distinct visitors, with one query."""
        values = _values(heartbeat)
        until, cached = self._large_counts.get(heartbeat.place.name, (0.0, Counts()))
        with ephemeral_transaction(writing=False) as connection:
            if 0 < until - heartbeat.seen_at <= CACHED_COUNTS_SECONDS:
                own_seen_at = connection.execute(_OWN_TAB, values).scalar()
                return replace(
                    cached, includes_caller=own_seen_at is not None and own_seen_at > since, seen_at=own_seen_at or 0.0
                )
            rows = connection.execute(_query(heartbeat.place), values | {"since": since}).all()
        by_kind = {kind: count for kind, _, count, _, _ in rows if kind != MEMBER}
        counts = Counts(
            member_ids=tuple(member_id for kind, member_id, *_ in rows if kind == MEMBER),
            guests=by_kind.get("g", 0),
            robots=by_kind.get(ROBOT, 0),
            includes_caller=any(row[3] for row in rows),
            seen_at=max((row[4] for row in rows), default=0.0),
        )
        self._cache_large_counts(heartbeat, counts)
        return counts

    def _cache_large_counts(self, heartbeat: Heartbeat, counts: Counts) -> None:
        if len(counts.member_ids) + counts.guests + counts.robots > CACHED_COUNTS_MIN:
            if len(self._large_counts) >= MAX_CACHED_PLACES:
                self._large_counts.clear()
            self._large_counts[heartbeat.place.name] = (heartbeat.seen_at + CACHED_COUNTS_SECONDS, counts)

    def touch(self, heartbeat: Heartbeat, since: float) -> bool:
        """Insert or update a row."""
        values = _values(heartbeat) | {"since": since}
        with ephemeral_transaction() as connection:
            if len(heartbeat.tab) >= LONG_TAB and connection.execute(_IS_CLOSED, values).first():
                return True
            if heartbeat.kind != MEMBER and not self._has_room(connection, values):
                return False
            if heartbeat.tab:
                connection.execute(_REPLACE_OTHERS, values)
            connection.execute(_TOUCH, values)
        return True

    def touch_all(self, heartbeats: Sequence[Heartbeat], since: float) -> None:
        """Insert or update rows in one transaction; new visitors of a full place are left out."""
        places = defaultdict(list)
        for heartbeat in heartbeats:
            places[heartbeat.place.name].append(_values(heartbeat) | {"since": since})
        with ephemeral_transaction() as connection:
            for name, rows in sorted(places.items()):
                known = set(connection.execute(_UNNAMED, {"place": name}).scalars())
                free = max(0, GUESTS_A_PLACE - len(known))
                new = [row for row in rows if row["visitor"] not in known][:free]
                taken = [row for row in new if self._quota.take(row["seen_at"], partial(_count, connection, row))]
                if accepted := [row for row in rows if row["visitor"] in known] + taken:
                    connection.execute(_TOUCH, sorted(accepted, key=lambda row: str(row["visitor"])))

    def _has_room(self, connection: Connection, values: dict[str, Any]) -> bool:
        here, is_known = connection.execute(_GUESTS_HERE, values).one()
        if is_known:
            return True
        return here < GUESTS_A_PLACE and self._quota.take(values["seen_at"], lambda: _count(connection, values))

    def leave(self, place: Place, visitor: str, tab: str) -> None:
        """Remove a tab's row."""
        with ephemeral_transaction() as connection:
            values = {"place": place.name, "visitor": visitor, "tab": tab, "long_tab": LONG_TAB}
            connection.execute(_LEAVE, values)
            if len(tab) >= LONG_TAB:
                connection.execute(_CLOSE, values | {"closed": -clock.now().timestamp()})

    def forget(self, visitor: str) -> None:
        """Remove a visitor's rows without a tab id."""
        with ephemeral_transaction() as connection:
            connection.execute(_FORGET, {"visitor": visitor})

    def purge(self, since: float) -> None:
        """Remove rows without a heartbeat after a time."""
        with ephemeral_transaction() as connection:
            connection.execute(_PURGE, {"since": since})

    def write_in(self, thread_id: int, member_id: int, now: float) -> None:
        """Insert or update a row of a place of its own."""
        place = Place(f"{WRITING}{thread_id}")
        with ephemeral_transaction() as connection:
            connection.execute(_TOUCH, _values(Heartbeat(place, f"{MEMBER}{member_id}", "", now, member_id)))

    def stop_writing_in(self, thread_id: int, member_id: int) -> None:
        """Delete that row."""
        with ephemeral_transaction() as connection:
            connection.execute(_STOP_WRITING, {"place": f"{WRITING}{thread_id}", "visitor": f"{MEMBER}{member_id}"})

    def writers(self, since: float) -> list[tuple[int, int]]:
        """One query by the primary key."""
        with ephemeral_transaction(writing=False) as connection:
            rows = connection.execute(_WRITERS, {"since": since}).all()
        return [(int(place.removeprefix(WRITING)), member_id) for place, member_id in rows]


def _query(place: Place) -> Any:
    if place.is_forum:
        return _BY_KIND
    return _IN_BOARD if place.is_board else _IN_PLACE


def _values(heartbeat: Heartbeat) -> dict[str, Any]:
    return {
        "place": heartbeat.place.name,
        "board_id": heartbeat.place.board_id,
        "visitor": heartbeat.visitor,
        "tab": heartbeat.tab,
        "kind": heartbeat.kind,
        "member_id": heartbeat.member_id,
        "seen_at": heartbeat.seen_at,
        "previous_visitor": heartbeat.previous_visitor,
        "others": MAX_TABS_PER_PLACE - 1,
        "long_tab": LONG_TAB,
    }


def _count(connection: Connection, values: dict[str, Any]) -> int:
    """The number of rows of guests and robots, after removing expired ones."""
    connection.execute(_PURGE, values)
    return int(connection.execute(_GUESTS).scalar() or 0)
