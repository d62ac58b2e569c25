"""A guest who checks on every node, a second after each reply, that the cached page shows it."""

import threading
import time
from collections import defaultdict
from contextlib import suppress

from benchmarks.scenarios import PLAIN
from benchmarks.servers import fetch
from benchmarks.services import HOST
from benchmarks.traffic import TrafficLog, Posted
from tests.servers import LOOPBACK

WITHIN = 1.0  # seconds after its acknowledgement until every guest's page must contain a reply
LOOK_EVERY = 0.1
TOLD = 3  # stale pages that are listed


class FreshnessProbe(threading.Thread):
    """Checks until stopped; a node that is down or answers an error does not count as stale."""

    def __init__(self, diary: TrafficLog, ports: list[int]) -> None:
        super().__init__(daemon=True)
        self._diary, self._ports, self._seen = diary, ports, 0
        self._is_over = threading.Event()
        self.looked = dict.fromkeys(ports, 0)
        self.stale: list[str] = []

    def leave(self) -> None:
        """Stop."""
        self._is_over.set()

    def run(self) -> None:
        """Check the pages of all replies that are due."""
        while not self._is_over.wait(LOOK_EVERY):
            for page, posts in self._due().items():
                for port in self._ports:
                    self._look(port, page, posts)

    @property
    def words(self) -> str:
        """How many checks were made on each node, and which pages were stale."""
        looked = " and ".join(str(many) for many in self.looked.values())
        return f"{looked} checks, {len(self.stale)} stale: {'; '.join(self.stale[:TOLD]) or 'none'}"

    def _due(self) -> dict[str, list[Posted]]:
        pages, now = defaultdict[str, list[Posted]](list), time.monotonic()
        while self._seen < len(self._diary.acknowledged):
            posted = self._diary.acknowledged[self._seen]
            if posted.moment + WITHIN > now:
                break
            pages[posted.page].append(posted)
            self._seen += 1
        return pages

    def _look(self, port: int, page: str, posts: list[Posted]) -> None:
        with suppress(OSError):
            asked = time.monotonic()
            answer = fetch(f"http://{LOOPBACK}:{port}{page}", HOST | PLAIN)
            if answer.status != 200:
                return
            html = answer.body.decode()
            self.looked[port] += 1
            for each in posts:
                if each.text not in html:
                    age = asked - each.moment
                    self.stale.append(f"{page} on port {port} {age:.1f} s after, by {asked:.1f}")
