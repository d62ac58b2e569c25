"""Read marks of threads whose posts have got other positions.

A member has then read a thread up to the last post before the first that they have not read: no unread post becomes
read, and as few as possible become unread.
"""

import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, zip_longest
from typing import NamedTuple

from sqlalchemy import and_, or_, select

from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.models import BoardRead, Member, Thread, ThreadRead
from forum.moderation.regrouping.order import Order, Place

_ALL = 10**10  # a position after all others: of a thread in a board that is marked as read


class Origin(NamedTuple):
    """A thread as it was: where it was, its last post, and the last position that did not change."""

    id: int
    board_id: int
    last_posted_at: datetime
    kept: int

    @classmethod
    def of(cls, thread: Thread, *, kept: int = 0) -> "Origin":
        """A thread before anything is changed."""
        return cls(thread.id, thread.board_id, thread.last_posted_at, kept)


class Rearranged(NamedTuple):
    """A thread as it will be: its public end, the last position that does not change, and the posts that follow it."""

    id: int
    board_id: int
    last_posted_at: datetime
    end: int
    kept: int
    places: Sequence[Place]

    @classmethod
    def of(cls, order: Order) -> "Rearranged":
        """A thread whose posts are in their new order."""
        thread = order.thread
        end = thread.last_visible_position
        return cls(thread.id, thread.board_id, thread.last_posted_at, end, order.kept, order.places)


@dataclass
class _Reader:
    """What a member has read: positions by thread, boards by the time until which they are, and everything."""

    positions: dict[int, int] = field(default_factory=dict)
    boards: dict[int, datetime] = field(default_factory=dict)
    everything: datetime | None = None

    def has_all(self, thread: Origin | Rearranged) -> bool:
        """Whether a thread is read because its board is marked as read, or everything."""
        moments = (self.boards.get(thread.board_id), self.everything)
        return any(moment is not None and thread.last_posted_at <= moment for moment in moments)

    def level(self, origin: Origin) -> int | None:
        """How far they had read a thread; None if nothing that changed."""
        return _ALL if self.has_all(origin) else self.positions.get(origin.id)


def remap(origins: Sequence[Origin], orders: Sequence[Order]) -> None:
    """Store how far members have read the threads in their new order; the old marks are still there."""
    for rows in changed_marks(origins, [Rearranged.of(order) for order in orders]):
        store(rows)


def changed_marks(origins: Sequence[Origin], threads: Sequence[Rearranged]) -> Iterator[list[dict[str, int]]]:
    """For each thread the marks that change, by their members."""
    readers = _readers(origins, threads)
    for thread in threads:
        firsts = _Firsts(origins, thread)
        rows = []
        for member_id, reader in sorted(readers.items()):
            position, stored = firsts.read_up_to(reader), reader.positions.get(thread.id)
            needs_none = stored is None and (not position or reader.has_all(thread))
            if position is not None and position != stored and not needs_none:
                rows.append({"member_id": member_id, "thread_id": thread.id, "position": position})
        yield rows


class _Firsts:
    """Finds the first unread post of a thread in its new order, for what a member had read of the old threads."""

    def __init__(self, origins: Sequence[Origin], thread: Rearranged) -> None:
        self._thread = thread
        origins_of_places = {place.thread_id for place in thread.places}
        self._origins = [each for each in origins if each.id == thread.id or each.id in origins_of_places]
        self._positions: dict[int, list[int]] = {}
        self._earliest: dict[int, list[int]] = {}
        for origin in self._origins:
            pairs = sorted(self._pairs(origin))
            self._positions[origin.id] = [was for was, _ in pairs]
            self._earliest[origin.id] = list(accumulate((now for _, now in reversed(pairs)), min))[::-1]

    def _pairs(self, origin: Origin) -> Iterable[tuple[int, int]]:
        """The positions of a thread's public posts, before and now."""
        for now, place in enumerate(self._thread.places, self._thread.kept + 1):
            if place.thread_id == origin.id and place.is_public:
                yield place.position, now

    def read_up_to(self, reader: _Reader) -> int | None:
        """The position up to which a member has read the thread; None if their mark stays as it is."""
        first = self._thread.end + 1
        for origin in self._origins:
            level = reader.level(origin)
            if level is None and origin.id == self._thread.id and origin.kept:
                return None
            index = bisect_right(self._positions[origin.id], level or 0)
            if index < len(self._positions[origin.id]):
                first = min(first, self._earliest[origin.id][index])
        return first - 1


def _readers(origins: Sequence[Origin], now: Sequence[Rearranged]) -> Mapping[int, _Reader]:
    """All members whose marks may change: with a mark on a thread, on its board, or on everything."""
    readers: dict[int, _Reader] = defaultdict(_Reader)
    marks = or_(*(and_(ThreadRead.thread_id == each.id, ThreadRead.position >= each.kept) for each in origins))
    positions = select(ThreadRead.member_id, ThreadRead.thread_id, ThreadRead.position).where(marks)
    for member_id, thread_id, position in session.execute(positions):
        readers[member_id].positions[thread_id] = position
    oldest, newest = min(each.last_posted_at for each in origins), max(thread.last_posted_at for thread in now)
    boards = {each.board_id for each in origins} | {thread.board_id for thread in now}
    of_boards = select(BoardRead.member_id, BoardRead.board_id, BoardRead.read_at)
    for member_id, board_id, moment in session.execute(
        of_boards.where(BoardRead.board_id.in_(boards), BoardRead.read_at >= oldest)
    ):
        readers[member_id].boards[board_id] = moment
    with_marks = select(ThreadRead.member_id).where(ThreadRead.thread_id.in_([each.id for each in origins]))
    changes = or_(Member.read_all_at < newest, Member.id.in_(with_marks))
    of_everything = select(Member.id, Member.read_all_at).where(Member.read_all_at >= oldest, changes)
    for member_id, read_all_at in session.execute(of_everything):
        readers[member_id].everything = read_all_at
    return readers


def store(rows: Sequence[dict[str, int]]) -> None:
    """Store marks, which are sorted by their members."""
    if rows:
        statement = insert_into(ThreadRead).values(read_at=clock.now())
        upsert = statement.on_conflict_do_update(
            index_elements=["member_id", "thread_id"], set_={"position": statement.excluded.position}
        )
        session.connection().execute(upsert, rows)


def store_from(rows: Sequence[dict[str, int]], member_id: int, *, end: float, at_once: int) -> int | None:
    """Store the marks of the members after one, so many at once, until a time; returns the last one, None at the end.

    The marks are sorted by their members, and all of a member are stored together.
    """
    left = [row for row in rows if row["member_id"] > member_id]
    part: list[dict[str, int]] = []
    for row, following in zip_longest(left, left[1:]):
        part.append(row)
        is_last_of_member = following is None or following["member_id"] != row["member_id"]
        if is_last_of_member and (len(part) >= at_once or following is None):
            store(part)
            part = []
            if time.monotonic() >= end:
                return row["member_id"]
    return None
