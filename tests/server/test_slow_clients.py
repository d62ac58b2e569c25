"""A real `forum serve`: slow clients keep nobody waiting, and do not keep it from stopping."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from forum.server.serve import GRACE, PATIENCE
from tests.running import served

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
    """The status, and the seconds that it took."""
    began = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.request(method, path, body, {"User-Agent": "Mozilla/5.0"})
        status = line.getresponse().status
    return status, time.monotonic() - began


@pytest.mark.slow
def test_nobody_waits_for_slow_clients_and_the_server_stops_without_them(
    tmp_path: Path, slow_clients: ExitStack
) -> None:
    with served(tmp_path / "data", "--workers", "1", FORUM_SEED="document") as base:
        port = int(base.rpartition(":")[2])
        host = f"Host: 127.0.0.1:{port}\r\n"
        for number in range(150):
            target = TARGETS[number % len(TARGETS)]
            connect(slow_clients, port, f"POST {target} HTTP/1.1\r\n{host}Content-Length: 3000\r\n\r\nx".encode())
            connect(slow_clients, port, f"GET / HTTP/1.1\r\n{host}X-Slow: ".encode())
            connect(slow_clients, port, b"")
        for _ in range(20):
            asked = f"GET {THREAD} HTTP/1.1\r\n{host}\r\n".encode() * 100
            connect(slow_clients, port, asked, buffer=4096)
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
    assert time.monotonic() - began < GRACE + 8 < PATIENCE


def test_a_body_or_a_header_that_is_too_large_is_told_so(tmp_path: Path) -> None:
    with served(tmp_path / "data", "--workers", "1") as base, ExitStack() as stack:
        port = int(base.rpartition(":")[2])
        large = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 70000\r\n\r\n".encode()
        assert connect(stack, port, large + b"x" * 70_000).recv(100).startswith(b"HTTP/1.1 413 ")
        chunked = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        chunked += (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 17 + b"0\r\n\r\n"
        assert connect(stack, port, chunked).recv(100).startswith(b"HTTP/1.1 413 ")
        header = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"y" * 500_000 + b"\r\n\r\n"
        assert connect(stack, port, header).recv(100).startswith(b"HTTP/1.1 431 ")
