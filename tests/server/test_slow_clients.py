"""A real `forum serve`: slow clients delay nobody, and do not prevent it from stopping."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from forum.server.serve import GRACE_SECONDS, KILL_SECONDS
from tests.conftest import token_in
from tests.factories import PASSWORD
from tests.running import create_member, served

THREAD = "/threads/6-russia-china-agree-to-build-lunar-station-together"
TARGETS = ("/login", "/logout", "/reset", f"{THREAD}/viewers", "/api/v1/threads/6/posts")


@pytest.fixture
def slow_clients() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def connect(stack: ExitStack, port: int, sent: bytes, *, buffer: int = 0) -> socket.socket:
    line = stack.enter_context(socket.socket())
    if buffer:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    line.connect(("127.0.0.1", port))
    line.sendall(sent)
    return line


def ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, float]:
    """The status, and how many seconds it took."""
    began = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.request(method, path, body, {"User-Agent": "Mozilla/5.0"})
        status = line.getresponse().status
    return status, time.monotonic() - began


def connect_slowly(stack: ExitStack, port: int) -> None:
    """Open hundreds of connections: unfinished bodies and headers, silent clients, and clients that do not read."""
    host = f"Host: 127.0.0.1:{port}\r\n"
    for number in range(150):
        target = TARGETS[number % len(TARGETS)]
        connect(stack, port, f"POST {target} HTTP/1.1\r\n{host}Content-Length: 3000\r\n\r\nx".encode())
        connect(stack, port, f"GET / HTTP/1.1\r\n{host}X-Slow: ".encode())
        connect(stack, port, b"")
    for _ in range(20):
        request = f"GET {THREAD} HTTP/1.1\r\n{host}\r\n".encode() * 100
        connect(stack, port, request, buffer=4096)


def logged_in(base: str, name: str) -> OpenerDirector:
    """A logged-in member's browser without scripts."""
    browser = build_opener(HTTPCookieProcessor())
    browser.addheaders = [("User-Agent", "Mozilla/5.0")]
    send(browser, f"{base}/login", f"{base}/login", username=name, password=PASSWORD)
    return browser


def read(browser: OpenerDirector, address: str) -> str:
    with browser.open(address, timeout=30) as answer:
        return str(answer.read().decode())


def send(browser: OpenerDirector, page: str, target: str, **fields: str) -> str:
    """Submit a form of a page; returns the page it redirects to."""
    form = urlencode(fields | {"csrf_token": token_in(read(browser, page))}).encode()
    with browser.open(target, form, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.slow
def test_a_member_reads_and_replies_while_slow_clients_hold_connections(
    tmp_path: Path, slow_clients: ExitStack
) -> None:
    with served(tmp_path / "data", "--workers", "2", FORUM_SEED="document") as base:
        create_member(tmp_path / "data", "anna")
        browser = logged_in(base, "anna")
        connect_slowly(slow_clients, int(base.rpartition(":")[2]))
        began = time.monotonic()
        assert 'name="body"' in read(browser, base + THREAD)
        seconds_to_read = time.monotonic() - began
        began = time.monotonic()
        page = send(browser, base + THREAD, f"{base}{THREAD}/reply", body="Written between slow clients")
        assert "Written between slow clients" in page
        assert seconds_to_read < 3
        assert time.monotonic() - began < 5


@pytest.mark.slow
def test_nobody_waits_for_slow_clients_and_the_server_stops_despite_them(
    tmp_path: Path, slow_clients: ExitStack
) -> None:
    with served(tmp_path / "data", "--workers", "1", FORUM_SEED="document") as base:
        port = int(base.rpartition(":")[2])
        connect_slowly(slow_clients, port)
        for method, path, expected in (
            ("GET", "/health/live", 200),
            ("GET", "/health/ready", 200),
            ("GET", "/", 200),
            ("GET", "/members", 200),
            ("POST", "/login", 403),
            ("GET", "/robots.txt", 200),
        ):
            status, seconds = ask(port, method, path, "username=x&password=y" if method == "POST" else None)
            assert (path, status) == (path, expected)
            assert seconds < 3
        began = time.monotonic()
    assert time.monotonic() - began < GRACE_SECONDS + 8 < KILL_SECONDS


def test_a_body_or_a_header_that_is_too_large_gets_an_error(tmp_path: Path) -> None:
    with served(tmp_path / "data", "--workers", "1") as base, ExitStack() as stack:
        port = int(base.rpartition(":")[2])
        large = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 70000\r\n\r\n".encode()
        assert connect(stack, port, large + b"x" * 70_000).recv(100).startswith(b"HTTP/1.1 413 ")
        chunked = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        chunked += (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 17 + b"0\r\n\r\n"
        assert connect(stack, port, chunked).recv(100).startswith(b"HTTP/1.1 413 ")
        header = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"y" * 500_000 + b"\r\n\r\n"
        assert connect(stack, port, header).recv(100).startswith(b"HTTP/1.1 431 ")
