"""In-process caches and limits that save most heartbeats a query of the store; all are bounded."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from forum.presence.store import Heartbeat, View

ROWS_BETWEEN_COUNTS = 256  # rows inserted between two counts of a table
MAX_PENDING_ARRIVALS = 20_000  # buffered arrivals; during a flood, further ones are dropped
FULL_SECONDS = 5.0  # for which a full table is not counted again


class RecentTimes:
    """When each thing was last done, by its hash; keeps only the `most` latest.

    The hashes reveal nothing about addresses: their seed belongs to the interpreter and is lost with it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        # a cachetools cache takes a third more memory, and four times as long for the look-up on every guest's page
        self._moments: OrderedDict[int, float] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._moments)

    def age(self, key: int, now: float) -> float | None:
        """Seconds since it was done; None if unknown."""
        done_at = self._moments.get(key)
        return None if done_at is None else now - done_at

    def note(self, key: int, now: float) -> None:
        """Record that it was done now."""
        with self._lock:
            self._moments[key] = now
            self._moments.move_to_end(key)
            if len(self._moments) > self._most:
                self._moments.popitem(last=False)

    def forget(self, key: int) -> None:
        """Forget that it was done."""
        with self._lock:
            self._moments.pop(key, None)


class TokenBucket:
    """A token bucket: a rate per second, and a burst size."""

    def __init__(self, a_second: float, at_once: int) -> None:
        self._rate, self._most = a_second, float(at_once)
        self._tokens, self._filled_at, self._empty_until = float(at_once), 0.0, 0.0
        self._lock = Lock()

    def take(self, now: float) -> bool:
        """Take a token; False if there is none."""
        if 0 < self._empty_until - now < 1 / self._rate:  # rejects floods without taking the lock
            return False
        with self._lock:
            passed = max(0.0, now - self._filled_at)
            self._tokens = min(self._most, self._tokens + passed * self._rate)
            self._filled_at = now
            if self._tokens < 1:
                self._empty_until = now + (1 - self._tokens) / self._rate
                return False
            self._tokens -= 1
            return True


class RowQuota:
    """A limit on the rows of a table, which is counted only now and then.

    With one process the limit is exact; each further one may exceed it by ROWS_BETWEEN_COUNTS.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = 0
        self._full_until = 0.0

    def take(self, now: float, count: Callable[[], int]) -> bool:
        """Whether one more row may be inserted; `count` returns the current number."""
        if self._left <= 0:
            if 0 < self._full_until - now <= FULL_SECONDS:
                return False
            self._left = min(ROWS_BETWEEN_COUNTS, self._most - count())
            if self._left <= 0:
                self._full_until = now + FULL_SECONDS
                return False
        self._left -= 1
        return True


class BatchedArrivals:
    """Arrivals since the last flush."""

    def __init__(self) -> None:
        self._heartbeats: dict[tuple[str, str], Heartbeat] = {}
        self._views: dict[tuple[int, str], View] = {}
        self._lock = Lock()

    def note(self, heartbeat: Heartbeat, view: View | None) -> None:
        """Buffer a heartbeat, and a view of a thread."""
        with self._lock:
            if len(self._heartbeats) < MAX_PENDING_ARRIVALS:
                self._heartbeats[heartbeat.place.name, heartbeat.visitor] = heartbeat
            if view is not None and len(self._views) < MAX_PENDING_ARRIVALS:
                self._views[view.thread_id, view.visitor] = view

    def take(self) -> tuple[list[Heartbeat], list[View]]:
        """Return and clear the buffer."""
        with self._lock:
            heartbeats, self._heartbeats = self._heartbeats, {}
            views, self._views = self._views, {}
        return list(heartbeats.values()), list(views.values())
