"""Mixed traffic for trials: members who read and reply, guests who read; all responses are recorded."""

import http.client
import re
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPResponse
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from benchmarks.scenarios import AGENT, reply_form
from benchmarks.services import HOST

TIMEOUT = 10.0
RETRY_AFTER = 0.25
GIVE_UP = 40.0
REFUSALS_KEPT = 20
ALLOWED = {200, 303, 304, 429, 503}
OKAY = {200, 303, 304}
MIN_MESSAGE_LENGTH = 30  # characters that an error page must have
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Posted:
    """An acknowledged reply: its text, its page, and when it was acknowledged."""

    text: str
    page: str
    moment: float


@dataclass
class TrafficLog:
    """The record of a load: good responses by client, statuses, replies and response times in milliseconds."""

    good: list[tuple[float, int]] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    acknowledged: list[Posted] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)  # texts of the first ones
    refused: list[float] = field(default_factory=list)  # times of 503 responses
    dropped: list[float] = field(default_factory=list)  # times when there was no response
    mute: list[str] = field(default_factory=list)  # what was missing in a 503
    unseen: list[str] = field(default_factory=list)  # replies that their writer did not see

    @property
    def faults(self) -> dict[str, int]:
        """Statuses that no injected fault explains."""
        return {name: n for name, n in self.statuses.items() if name.isdigit() and int(name) not in ALLOWED}


def missing_in_refusal(answer: HTTPResponse, text: str, typed: str = "") -> str:
    """What is missing in a 503: Retry-After, a message for people or programs, or the typed text; empty if nothing."""
    if not (answer.headers.get("Retry-After") or "").isdigit():
        return "no Retry-After"
    if answer.headers.get_content_type() == "application/problem+json":
        return "" if '"detail"' in text else "no detail for programs"
    if answer.headers.get_content_type() == "text/plain":
        return "" if text.startswith("not ready\n") and ": " in text else "no message for operators"
    if has_no_message(text):
        return "no message for visitors"
    return "" if typed in unescape(text) else "the typed text is lost"


def has_no_message(page: str) -> bool:
    """Whether a page lacks a heading or a message."""
    return "<h1>" not in page or len(_words(page)) < MIN_MESSAGE_LENGTH


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.rpartition("<main")[2]).split())


class Client(threading.Thread):
    """A client with its own address, until stopped; each request uses a new connection, as behind a balancer."""

    def __init__(  # noqa: PLR0913 - everything that distinguishes clients
        self,
        number: int,
        port: int,
        paths: list[str],
        diary: TrafficLog,
        *,
        cookie: str = "",
        pause: float,
        writes: bool = True,
    ) -> None:
        super().__init__(daemon=True)
        self._number, self._port, self._paths, self._diary = number, port, paths, diary
        self._headers = {"User-Agent": f"{AGENT} n{number}", "X-Forwarded-For": f"192.0.2.{number % 256}"}
        self._cookies = SimpleCookie(cookie)
        self._writes_in = paths[0] if cookie and writes else ""
        self._pause, self._is_over = pause, threading.Event()

    def leave(self) -> None:
        """Stop after the current request."""
        self._is_over.set()

    def run(self) -> None:
        """Read the pages in turn; a member replies whenever it reads the first."""
        looks = 0
        while not self._is_over.is_set():
            path = self._paths[looks % len(self._paths)]
            status, page = self.ask("GET", path)[:2]
            looks += 1
            if path == self._writes_in and status == 200:
                self._reply(page)
            self._is_over.wait(self._pause)

    def _reply(self, page: str) -> None:
        """Send a reply until it is acknowledged, always with the same key, so that it is posted only once."""
        text = f"Member {self._number} says {secrets.token_hex(8)} at the river."
        body, end = urlencode(reply_form(page, text)), time.monotonic() + GIVE_UP
        while time.monotonic() < end:
            status, _, location = self.ask("POST", f"{self._writes_in}/reply", body, typed=text)
            if status == 303:
                to = urlsplit(location)
                posted = Posted(text, f"{to.path}?{to.query}".rstrip("?"), time.monotonic())
                self._diary.acknowledged.append(posted)
                self._look_for(posted)
                return
            if status not in {0, 429, 503}:
                break
            time.sleep(RETRY_AFTER)
        self._diary.given_up.append(text)

    def _look_for(self, posted: Posted) -> None:
        """Check that the writer sees their reply at once, whichever node and database serve the page."""
        status, page, _ = self.ask("GET", posted.page)
        if status == 200 and posted.text not in page:
            self._diary.unseen.append(posted.text)

    def ask(self, method: str, path: str, body: str | None = None, *, typed: str = "") -> tuple[int, str, str]:
        """The response's status (0 if there was none), its text and its Location."""
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        try:
            line.request(method, path, body, HOST | self._sent() | ({"Content-Type": FORM} if body else {}))
            answer = line.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            self._diary.statuses[type(error).__name__] += 1
            self._diary.dropped.append(time.monotonic())
            return 0, "", ""
        finally:
            line.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            self._cookies.load(cookie)
        self._note(answer.status, began)
        if answer.status not in OKAY:
            self._note_refusal(f"{method} {path} {answer.status}", answer, text, typed)
        return answer.status, text, answer.headers.get("Location") or ""

    def _sent(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={each.value}" for name, each in self._cookies.items())
        return self._headers | ({"Cookie": cookies} if cookies else {})

    def _note(self, status: int, began: float) -> None:
        now = time.monotonic()
        self._diary.statuses[str(status)] += 1
        if status in OKAY:
            self._diary.good.append((now, self._number))
            self._diary.spent.append((now - began) * 1000)

    def _note_refusal(self, what: str, answer: HTTPResponse, text: str, typed: str) -> None:
        diary = self._diary
        if answer.status == 503:
            diary.refused.append(time.monotonic())
            if fault := missing_in_refusal(answer, text, typed):
                diary.mute.append(f"{what}: {fault}")
        if len(diary.refusals) < REFUSALS_KEPT:
            diary.refusals.append(f"{what}: {_words(text)[:200]}")
