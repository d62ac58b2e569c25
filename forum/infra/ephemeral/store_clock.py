"""How far the clock of a shared store is ahead of this machine's, so that all nodes count limits by one clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass

CHECK_SECONDS = 60.0  # between two comparisons of the clocks
TOLERANCE_SECONDS = 0.5  # smaller differences are ignored: they may be the time that the answer took
MAX_ANSWER_SECONDS = 0.5  # a slower answer says nothing about the time


@dataclass
class StoreClock:
    """Compares the clocks now and then, and again once this machine's was set; a race only compares once more."""

    _ahead_ms: int = 0
    _checked_at: float = float("-inf")
    _started_at: float = 0.0  # of the machine, by its clock: changes if the clock is set

    def ahead_ms(self, read: Callable[[], float]) -> int:
        """By how many milliseconds the store's clock is ahead; `read` asks for its time in seconds since 1970."""
        now, monotonic = time.time(), time.monotonic()
        was_set = abs(now - monotonic - self._started_at) > TOLERANCE_SECONDS
        if was_set or monotonic - self._checked_at > CHECK_SECONDS:
            theirs = read()
            took = time.monotonic() - monotonic
            self._checked_at, self._started_at = monotonic, now - monotonic
            ahead = theirs - now - took / 2
            if took <= MAX_ANSWER_SECONDS:
                self._ahead_ms = round(ahead * 1000) if abs(ahead) > TOLERANCE_SECONDS else 0
        return self._ahead_ms
