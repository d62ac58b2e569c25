"""Lets few guests' pages be made at once: a flood is turned away at little cost, and members never wait behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

AT_WORK = 6  # requests of members and guests that a process works on, whoever asks: each holds memory and connections
AT_ONCE = 2  # guests' requests that a process works on; more would only share the same processor
WAITING = 22  # that may wait for their turn, a fifth of a second of work; the threads beyond both are for members
OF_ROBOTS = 4  # of those who wait: people are before them
PATIENCE = 2.0  # seconds of waiting
RETRY_AFTER = 5  # seconds that the others are asked to wait


class Turnstile:
    """A few at once, a few waiting, nobody else."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING, of_robots: int = OF_ROBOTS) -> None:
        self._turns = BoundedSemaphore(at_once)
        self._waiting, self._most, self._most_robots = 0, waiting, of_robots
        self._lock = Lock()

    @contextmanager
    def turn(self, *, is_robot: bool = False) -> Iterator[bool]:
        """Wait for a turn; False if there is none to be had."""
        has_turn = self._turns.acquire(blocking=False) or self._wait(self._most_robots if is_robot else self._most)
        try:
            yield has_turn
        finally:
            if has_turn:
                self._turns.release()

    def _wait(self, most: int) -> bool:
        with self._lock:
            if self._waiting >= most:
                return False
            self._waiting += 1
        try:
            return self._turns.acquire(timeout=PATIENCE)
        finally:
            with self._lock:
                self._waiting -= 1
