"""Who makes a page: the first to want it, while the others wait for theirs to be the same."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from threading import Lock

from forum.front.turnstile import PATIENCE


class Makers:
    """One at a time for each page."""

    def __init__(self) -> None:
        self._turns: dict[Hashable, tuple[Lock, int]] = {}
        self._lock = Lock()

    @contextmanager
    def alone(self, page: Hashable) -> Iterator[bool]:
        """Let nobody else make the page meanwhile; True if somebody did just now, and it may be there."""
        with self._lock:
            turn, wanted = self._turns.get(page, (Lock(), 0))
            self._turns[page] = turn, wanted + 1
        has_turn = turn.acquire(timeout=PATIENCE)
        try:
            yield wanted > 0
        finally:
            if has_turn:
                turn.release()
            with self._lock:
                turn, wanted = self._turns.pop(page)
                if wanted > 1:
                    self._turns[page] = turn, wanted - 1
