"""Runs checks in threads for a limited time, since a server that hangs must not keep the visitor waiting."""

import time
from collections.abc import Callable, Mapping
from threading import Lock, Thread
from typing import Generic, TypeVar

from forum.infra.errors import Conflict
from forum.infra.text.messages import say

Result = TypeVar("Result")


class TimeLimit(Generic[Result]):
    """Runs functions at once for `seconds`; while some of them still run, no others are started."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._threads: list[Thread] = []

    def run(self, functions: Mapping[str, Callable[[], Result]]) -> dict[str, Result | Exception]:
        """The results, or exceptions, of those that finished in time. Raises Conflict if earlier ones still run."""
        results: dict[str, Result | Exception] = {}
        with self._lock:
            if any(thread.is_alive() for thread in self._threads):
                raise Conflict(say("The last check is still running. Try again in a few seconds."))
            self._threads = [
                Thread(target=_store, args=(results, name, function), daemon=True)
                for name, function in functions.items()
            ]
            for thread in self._threads:
                thread.start()
            threads = self._threads
        end = time.monotonic() + self._seconds
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        return dict(results)


def _store(results: dict[str, Result | Exception], name: str, function: Callable[[], Result]) -> None:
    try:
        results[name] = function()
    except Exception as error:
        results[name] = error
