"""Streams of a served forum over real connections, and members who write there without a browser."""

import re
import socket
import time
from http.cookiejar import CookieJar
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

from tests.conftest import token_in
from tests.factories import PASSWORD
from tests.servers import LOOPBACK

THREAD = "/threads/6-russia-china-agree-to-build-lunar-station-together"
PATIENCE_SECONDS = 30.0


class Writer:
    """A member's browser without scripts."""

    def __init__(self, base: str, name: str) -> None:
        self.base, self.cookies = base, CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.cookies))
        self._opener.addheaders = [("User-Agent", "Mozilla/5.0")]
        self.send("/login", "/login", username=name, password=PASSWORD)

    def read(self, path: str) -> str:
        with self._opener.open(self.base + path, timeout=PATIENCE_SECONDS) as answer:
            return str(answer.read().decode())

    def send(self, page: str, path: str, **fields: str) -> None:
        """Send a form of a page."""
        form = urlencode(fields | {"csrf_token": token_in(self.read(page))}).encode()
        with self._opener.open(self.base + path, form, timeout=PATIENCE_SECONDS) as answer:
            answer.read()

    def reply(self, words: str) -> None:
        self.send(THREAD, f"{THREAD}/reply", body=words)


class Stream:
    """The stream of a guest's open page, which a thread reads; what came is kept with the moment at which it came."""

    def __init__(self, base: str, page: str) -> None:
        """Open the stream that the HTML of a page asks for."""
        found = re.search(r'data-live="(thread=[^"]+)"', page)
        assert found
        place = urlsplit(base)
        self._line = socket.create_connection((LOOPBACK, place.port or 0), PATIENCE_SECONDS)
        query = found[1].replace("&amp;", "&")
        self._line.sendall(f"GET /live?{query} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
        self._came = Queue[tuple[float, bytes]]()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        self._line.settimeout(None)
        try:
            while data := self._line.recv(2**16):
                self._came.put((time.monotonic(), data))
        except OSError:
            pass

    def came_at(self, words: str) -> float:
        """When some words came."""
        until, seen = time.monotonic() + PATIENCE_SECONDS, b""
        while words.encode() not in seen:
            try:
                at, data = self._came.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                raise AssertionError(f"{words} did not come: {seen[-2000:]!r}") from None
            seen += data
        return at

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()
