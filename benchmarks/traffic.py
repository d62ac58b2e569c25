"""Mixed traffic for trials: members who read and reply, guests who read; what each was answered is written down."""

import http.client
import re
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

from benchmarks.scenarios import AGENT, reply_form

TIMEOUT = 10.0
RETRY_AFTER = 0.25
GIVE_UP = 40.0
REFUSALS_KEPT = 20
ALLOWED = {200, 303, 304, 429, 503}
OKAY = {200, 303, 304}


@dataclass
class Diary:
    """What happened: moments of good answers, all statuses, the texts that were acknowledged, milliseconds."""

    good: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)  # what the first of them said

    @property
    def faults(self) -> dict[str, int]:
        """Answers that no trouble excuses."""
        return {name: n for name, n in self.statuses.items() if name.isdigit() and int(name) not in ALLOWED}


class Person(threading.Thread):
    """Somebody at one address, until told to stop; a new connection for each look, as a balancer sees them."""

    def __init__(  # noqa: PLR0913 - all that tells one person from another
        self,
        number: int,
        port: int,
        paths: list[str],
        diary: Diary,
        *,
        cookie: str = "",
        pause: float,
        writes: bool = True,
    ) -> None:
        super().__init__(daemon=True)
        self._number, self._port, self._paths, self._diary = number, port, paths, diary
        self._headers = {"User-Agent": f"{AGENT} n{number}", "X-Forwarded-For": f"192.0.2.{number % 256}"}
        self._headers |= {"Cookie": cookie} if cookie else {}
        self._writes_in = paths[0] if cookie and writes else ""
        self._pause, self._is_over = pause, threading.Event()

    def leave(self) -> None:
        """Stop after the present look."""
        self._is_over.set()

    def run(self) -> None:
        """Read one page after another; a member replies at each look at the first."""
        looks = 0
        while not self._is_over.is_set():
            path = self._paths[looks % len(self._paths)]
            status, page = self._ask("GET", path)
            looks += 1
            if path == self._writes_in and status == 200:
                self._reply(page)
            self._is_over.wait(self._pause)

    def _reply(self, page: str) -> None:
        """Send a reply until it is acknowledged, always with the same key: it may be written once only."""
        text = f"Member {self._number} says {secrets.token_hex(8)} at the river."
        body, end = urlencode(reply_form(page, text)), time.monotonic() + GIVE_UP
        while time.monotonic() < end:
            status, _ = self._ask("POST", f"{self._writes_in}/reply", body)
            if status == 303:
                self._diary.acknowledged.append(text)
                return
            if status not in {0, 429, 503}:
                break
            time.sleep(RETRY_AFTER)
        self._diary.given_up.append(text)

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        """The answer's status (0 if there was none) and text."""
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        try:
            typed = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
            line.request(method, path, body, self._headers | typed)
            answer = line.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            self._diary.statuses[type(error).__name__] += 1
            return 0, ""
        finally:
            line.close()
        self._note(answer.status, began)
        if answer.status not in OKAY and len(self._diary.refusals) < REFUSALS_KEPT:
            words = " ".join(re.sub(r"<[^>]*>", " ", text.rpartition("<main")[2]).split())
            self._diary.refusals.append(f"{method} {path} {answer.status}: {words[:200]}")
        return answer.status, text

    def _note(self, status: int, began: float) -> None:
        now = time.monotonic()
        self._diary.statuses[str(status)] += 1
        if status in OKAY:
            self._diary.good.append(now)
            self._diary.spent.append((now - began) * 1000)
