"""Readers of a quiet thread, spread over both nodes: whether each sees the others."""

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.scenarios import AGENT
from benchmarks.services import HOST
from tests.servers import LOOPBACK

GUESTS = 3
LOOK_EVERY = 0.25
TIMEOUT = 10.0
VIEWERS = re.compile(r"Viewing This Thread \(Total: (\d+), Members: (\d+), Guests: (\d+)\)")
VIEWS = re.compile(r"<span>([\d,]+) views?</span>")
Seen = tuple[int, int, int]
NOTHING: Seen = (0, 0, 0)


@dataclass(frozen=True)
class Reader:
    """A client of one node, with its own address and an optional login."""

    port: int
    headers: dict[str, str]

    def page(self, path: str, method: str = "GET", body: str | None = None) -> tuple[int, str]:
        """The response's status and text; status 0 if there was no response."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT)
        typed = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            connection.request(method, path, body, HOST | self.headers | typed)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()


def a_reader(port: int, number: int, cookie: str = "") -> Reader:
    """A guest or a member, with an address from the documentation range."""
    headers = {"User-Agent": f"{AGENT} r{number}", "X-Forwarded-For": f"198.51.100.{number}"}
    return Reader(port, headers | ({"Cookie": cookie} if cookie else {}))


class ViewerGroup:
    """A member and several guests, each at one of the nodes."""

    def __init__(self, path: str, ports: list[int], cookie: str) -> None:
        self._path, self._ports = path, ports
        self._readers = [a_reader(ports[0], 1, cookie)]
        self._readers += [a_reader(ports[number % len(ports)], number + 2) for number in range(1, GUESTS + 1)]
        self._newest = 100

    @property
    def all_there(self) -> Seen:
        """The counts that everybody should see."""
        guests = len(self._readers) - 1
        return guests + 1, 1, guests

    def look(self) -> list[Seen]:
        """The viewers that each reader sees, as total, members and guests; NOTHING if the page could not be read."""
        pages = [reader.page(self._path)[1] for reader in self._readers]
        found = [VIEWERS.search(page) for page in pages]
        return [(int(each[1]), int(each[2]), int(each[3])) if each else NOTHING for each in found]

    def agree(self, within: float) -> tuple[float, list[Seen]]:
        """Poll until all readers see the right counts or time is up; returns the seconds and the last counts."""
        return _until(lambda: set(self.look()) == {self.all_there}, within), self.look()

    def one_leaves(self) -> None:
        """Let the last guest leave the page."""
        leaver = self._readers.pop()
        leaver.page(f"{self._path}/viewers", "POST", "leave=1&tab=")

    def views_seen(self, api: str, patience: float) -> float:
        """Seconds from when a new guest's view is counted until readers of cached pages on each node see it."""
        before = self._counted(api)
        self._newest += 1
        a_reader(self._ports[0], self._newest).page(self._path)
        _until(lambda: self._counted(api) > before, patience)
        wanted = self._counted(api)
        return _until(lambda: wanted > before and all(each >= wanted for each in self._views()), patience)

    def _views(self) -> list[int]:
        found = [VIEWS.search(reader.page(self._path)[1]) for reader in self._readers[1:]]
        return [int(each[1].replace(",", "")) if each else 0 for each in found]

    def _counted(self, api: str) -> int:
        found = re.search(r'"view_count":\s*(\d+)', self._readers[1].page(api)[1])
        return int(found[1]) if found else 0


def _until(is_so: Callable[[], bool], seconds: float) -> float:
    began = time.monotonic()
    while not is_so() and time.monotonic() - began < seconds + LOOK_EVERY:
        time.sleep(LOOK_EVERY)
    return time.monotonic() - began
