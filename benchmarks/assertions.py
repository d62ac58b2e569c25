"""Assertions of a trial, collected and reported one per line as kept or broken."""

import sys
import time


class Assertions:
    """The results of all assertions, in the order they were checked."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._results: list[tuple[str, bool, str]] = []

    def say(self, words: str) -> None:
        """Write a progress message to stderr."""
        sys.stderr.write(f"  {time.monotonic() - self._started:5.1f} s  {words}\n")

    def hold(self, name: str, words: str, *, is_kept: bool) -> None:
        """Record the result of an assertion, with the figures it is based on."""
        self._results.append((name, is_kept, words))
        self.say(f"{'' if is_kept else 'BROKEN  '}{name}: {words}")

    def report(self) -> int:
        """Print all results and return the exit code: 1 if any assertion failed."""
        for name, is_kept, words in self._results:
            sys.stdout.write(f"{'passed' if is_kept else 'BROKEN'}  {name}: {words}\n")
        return 0 if all(is_kept for _, is_kept, _ in self._results) else 1
