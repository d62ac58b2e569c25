"""What a process remembers so that most signs of life cost no look into the store; all of it is bounded."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from forum.presence.store import Heartbeat, View

ROWS_BETWEEN_COUNTS = 256  # rows that may be made between two counts of a table
MAX_PENDING_ARRIVALS = 20_000  # arrivals that wait at most; what comes beyond them is a flood, and not counted
FULL_SECONDS = 5.0  # in which a full table is not counted again


class Recent:
    """When something was last done, by the hash of what it was: the latest, and no more than so many.

    Hashes of this process hold nothing of an address: their secret lies in the interpreter and dies with it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._moments: OrderedDict[int, float] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._moments)

    def age(self, what: int, now: float) -> float | None:
        """Seconds since it was done; None if that is not remembered."""
        then = self._moments.get(what)
        return None if then is None else now - then

    def note(self, what: int, now: float) -> None:
        """Remember that it was done now."""
        with self._lock:
            self._moments[what] = now
            self._moments.move_to_end(what)
            if len(self._moments) > self._most:
                self._moments.popitem(last=False)

    def forget(self, what: int) -> None:
        """As if it had not been done."""
        with self._lock:
            self._moments.pop(what, None)


class Budget:
    """So many a second, and so many at once: a token bucket."""

    def __init__(self, a_second: float, at_once: int) -> None:
        self._rate, self._most = a_second, float(at_once)
        self._tokens, self._filled_at, self._empty_until = float(at_once), 0.0, 0.0
        self._lock = Lock()

    def take(self, now: float) -> bool:
        """Whether there was one left."""
        if 0 < self._empty_until - now < 1 / self._rate:  # a flood is turned away without any work
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
    """How many rows a table may still take, counted only now and then.

    With one process the bound is exact; each further one may overshoot it by STEP.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = 0
        self._full_until = 0.0

    def take(self, now: float, count: Callable[[], int]) -> bool:
        """Whether there is room for one more row; `count` says how many there are."""
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
    """Who came since the stores were told last."""

    def __init__(self) -> None:
        self._marks: dict[tuple[str, str], Heartbeat] = {}
        self._views: dict[tuple[int, str], View] = {}
        self._lock = Lock()

    def note(self, mark: Heartbeat, view: View | None) -> None:
        """Remember a sign of life, and a look at a thread."""
        with self._lock:
            if len(self._marks) < MAX_PENDING_ARRIVALS:
                self._marks[mark.place.name, mark.visitor] = mark
            if view is not None and len(self._views) < MAX_PENDING_ARRIVALS:
                self._views[view.thread_id, view.visitor] = view

    def take(self) -> tuple[list[Heartbeat], list[View]]:
        """All that was noted; from now on others are."""
        with self._lock:
            marks, self._marks = self._marks, {}
            views, self._views = self._views, {}
        return list(marks.values()), list(views.values())
