"""What a trial promises: kept or broken, in a line each."""

import sys
import time


class Assertions:
    """Whether each promise was kept, in the order in which they were looked at."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._verdicts: list[tuple[str, bool, str]] = []

    def say(self, words: str) -> None:
        """Tell whoever watches what is going on."""
        sys.stderr.write(f"  {time.monotonic() - self._began:5.1f} s  {words}\n")

    def hold(self, name: str, words: str, *, is_kept: bool) -> None:
        """Note a promise, with the figures that it is judged by."""
        self._verdicts.append((name, is_kept, words))
        self.say(f"{'' if is_kept else 'BROKEN  '}{name}: {words}")

    def report(self) -> int:
        """Print all of them; 1 if one was broken."""
        for name, is_kept, words in self._verdicts:
            sys.stdout.write(f"{'kept  ' if is_kept else 'BROKEN'}  {name}: {words}\n")
        return 0 if all(is_kept for _, is_kept, _ in self._verdicts) else 1
