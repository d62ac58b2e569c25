"""Presence in the volatile database, SQLite and PostgreSQL alike."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Float, bindparam, case, cast, distinct, func, select, text

from forum.infra import clock
from forum.infra.db import ephemeral_transaction
from forum.infra.ephemeral_store import presence
from forum.presence.memory import RowQuota
from forum.presence.rules import GUESTS_A_PLACE, GUESTS_IN_ALL, LONG_TAB, MEMBER, ROBOT, TABS, Place
from forum.presence.store import Counts, Heartbeat

CROWD = 500  # rows; where there are more, they are counted again only after CROWD_SECONDS
CROWD_SECONDS = 2.0
CROWDS_KEPT = 100

_row = presence.c
_is_my_tab = (
    (_row.visitor == bindparam("visitor")) & (_row.place == bindparam("place")) & (_row.tab == bindparam("tab"))
)
_BY_KIND = (
    select(
        _row.kind,
        _row.member_id,
        func.count(distinct(_row.visitor)),
        func.max(case((_row.visitor == bindparam("visitor"), 1), else_=0)),
        func.max(case((_is_my_tab, _row.seen_at), else_=cast(0.0, Float))),
    )
    .where(_row.seen_at > bindparam("since"))
    .group_by(_row.kind, _row.member_id)
    .order_by(func.max(_row.seen_at).desc(), _row.member_id)
)
_IN_PLACE = _BY_KIND.where(_row.place == bindparam("place"))
_IN_BOARD = _BY_KIND.where(_row.board_id == bindparam("board_id"))

_MY_TAB = text("SELECT seen_at FROM volatile_presence WHERE place = :place AND visitor = :visitor AND tab = :tab")
_TOUCH = text(
    "INSERT INTO volatile_presence (place, visitor, tab, kind, member_id, board_id, seen_at) "
    "VALUES (:place, :visitor, :tab, :kind, :member_id, :board_id, :seen_at) "
    "ON CONFLICT (place, visitor, tab) DO UPDATE SET seen_at = excluded.seen_at, board_id = excluded.board_id"
)
# A tab that speaks was served as a page without one; of a visitor's other tabs the newest stay; and in a tab
# speaks one person at a time: the guest that a member was before, the member that a guest was.
_MAKE_WAY = text(
    "DELETE FROM volatile_presence WHERE place = :place AND (visitor = :visitor AND (tab = '' OR tab IN ("
    "SELECT tab FROM volatile_presence WHERE place = :place AND visitor = :visitor AND tab NOT IN ('', :tab) "
    "ORDER BY seen_at DESC LIMIT 100 OFFSET :others)) OR visitor = :was AND tab = :tab "
    "OR tab = :tab AND visitor <> :visitor AND length(tab) >= :long_tab)"
)
_GUESTS_HERE = text(
    "SELECT count(*), max(CASE WHEN visitor = :visitor AND tab = :tab THEN 1 ELSE 0 END) "
    "FROM volatile_presence WHERE place = :place AND kind IN ('g', 'r')"
)
_UNNAMED = text("SELECT visitor FROM volatile_presence WHERE place = :place AND tab = '' AND kind IN ('g', 'r')")
_GUESTS = text("SELECT count(*) FROM volatile_presence WHERE kind IN ('g', 'r')")
# A tab's name is long and random, so who knows it may close it: some browsers say their farewell as another agent.
_LEAVE = text(
    "DELETE FROM volatile_presence WHERE place = :place "
    "AND (visitor = :visitor AND tab IN ('', :tab) OR tab = :tab AND length(tab) >= :long_tab)"
)
_FORGET = text("DELETE FROM volatile_presence WHERE visitor = :visitor AND tab = ''")
# A tab that was closed is remembered by a row of nobody, closed at -seen_at: its last sign of life may arrive late.
_CLOSE = text(
    "INSERT INTO volatile_presence (place, visitor, tab, kind, member_id, board_id, seen_at) "
    "VALUES (:place, '-', :tab, 'x', 0, 0, :closed) ON CONFLICT (place, visitor, tab) DO NOTHING"
)
_IS_CLOSED = text("SELECT 1 FROM volatile_presence WHERE place = :place AND visitor = '-' AND tab = :tab")
_PURGE = text("DELETE FROM volatile_presence WHERE seen_at <= :since AND (seen_at >= 0 OR -seen_at <= :since)")
_OLD_KEYS = text("DELETE FROM volatile_day_key WHERE day <> :day")
_NEW_KEY = text("INSERT INTO volatile_day_key (day, value) VALUES (:day, :value) ON CONFLICT (day) DO NOTHING")
_KEY = text("SELECT value FROM volatile_day_key WHERE day = :day")


class DatabasePresence:
    """A row for each tab of each visitor in each place."""

    def __init__(self) -> None:
        self._room = RowQuota(GUESTS_IN_ALL)
        self._crowds: dict[str, tuple[float, Counts]] = {}

    def day_key(self, day: str) -> bytes:
        """The day's key, made by the first to ask."""
        with ephemeral_transaction() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete = ON")  # overwrites what it removes
            connection.execute(_OLD_KEYS, {"day": day})
            connection.execute(_NEW_KEY, {"day": day, "value": secrets.token_bytes(32)})
            return bytes(connection.execute(_KEY, {"day": day}).scalar_one())

    def tally(self, mark: Heartbeat, since: float) -> Counts:
        """Distinct visitors, by one query."""
        values = _values(mark)
        until, crowd = self._crowds.get(mark.place.name, (0.0, Counts()))
        with ephemeral_transaction(writing=False) as connection:
            if 0 < until - mark.seen_at <= CROWD_SECONDS:
                mine = connection.execute(_MY_TAB, values).scalar()
                return replace(crowd, has_me=mine is not None and mine > since, seen_at=mine or 0.0)
            rows = connection.execute(_query(mark.place), values | {"since": since}).all()
        many = {kind: count for kind, _, count, _, _ in rows if kind != MEMBER}
        tally = Counts(
            member_ids=tuple(member_id for kind, member_id, *_ in rows if kind == MEMBER),
            guests=many.get("g", 0),
            robots=many.get(ROBOT, 0),
            has_me=any(row[3] for row in rows),
            seen_at=max((row[4] for row in rows), default=0.0),
        )
        self._keep_crowd(mark, tally)
        return tally

    def _keep_crowd(self, mark: Heartbeat, tally: Counts) -> None:
        if len(tally.member_ids) + tally.guests + tally.robots > CROWD:
            if len(self._crowds) >= CROWDS_KEPT:
                self._crowds.clear()
            self._crowds[mark.place.name] = (mark.seen_at + CROWD_SECONDS, tally)

    def touch(self, mark: Heartbeat, since: float) -> bool:
        """Insert or renew a row."""
        values = _values(mark) | {"since": since}
        with ephemeral_transaction() as connection:
            if len(mark.tab) >= LONG_TAB and connection.execute(_IS_CLOSED, values).first():
                return True
            if mark.kind != MEMBER and not self._has_room(connection, values):
                return False
            if mark.tab:
                connection.execute(_MAKE_WAY, values)
            connection.execute(_TOUCH, values)
        return True

    def touch_all(self, marks: Sequence[Heartbeat], since: float) -> None:
        """Insert or renew rows in one transaction; who is new to a place that is full is left out."""
        places = defaultdict(list)
        for mark in marks:
            places[mark.place.name].append(_values(mark) | {"since": since})
        with ephemeral_transaction() as connection:
            for name, rows in sorted(places.items()):
                known = set(connection.execute(_UNNAMED, {"place": name}).scalars())
                room = max(0, GUESTS_A_PLACE - len(known))
                new = [row for row in rows if row["visitor"] not in known][:room]
                taken = [row for row in new if self._room.take(row["seen_at"], partial(_count, connection, row))]
                if staying := [row for row in rows if row["visitor"] in known] + taken:
                    connection.execute(_TOUCH, sorted(staying, key=lambda row: str(row["visitor"])))

    def _has_room(self, connection: Connection, values: dict[str, Any]) -> bool:
        here, is_known = connection.execute(_GUESTS_HERE, values).one()
        if is_known:
            return True
        return here < GUESTS_A_PLACE and self._room.take(values["seen_at"], lambda: _count(connection, values))

    def leave(self, place: Place, visitor: str, tab: str) -> None:
        """Remove a row."""
        with ephemeral_transaction() as connection:
            values = {"place": place.name, "visitor": visitor, "tab": tab, "long_tab": LONG_TAB}
            connection.execute(_LEAVE, values)
            if len(tab) >= LONG_TAB:
                connection.execute(_CLOSE, values | {"closed": -clock.now().timestamp()})

    def forget(self, visitor: str) -> None:
        """Remove a visitor's rows without a tab."""
        with ephemeral_transaction() as connection:
            connection.execute(_FORGET, {"visitor": visitor})

    def purge(self, since: float) -> None:
        """Remove rows without a sign of life since a moment."""
        with ephemeral_transaction() as connection:
            connection.execute(_PURGE, {"since": since})


def _query(place: Place) -> Any:
    if place.is_forum:
        return _BY_KIND
    return _IN_BOARD if place.is_board else _IN_PLACE


def _values(mark: Heartbeat) -> dict[str, Any]:
    return {
        "place": mark.place.name,
        "board_id": mark.place.board_id,
        "visitor": mark.visitor,
        "tab": mark.tab,
        "kind": mark.kind,
        "member_id": mark.member_id,
        "seen_at": mark.seen_at,
        "was": mark.was,
        "others": TABS - 1,
        "long_tab": LONG_TAB,
    }


def _count(connection: Connection, values: dict[str, Any]) -> int:
    """Rows of guests and robots, after those that no longer count are removed."""
    connection.execute(_PURGE, values)
    return int(connection.execute(_GUESTS).scalar() or 0)
