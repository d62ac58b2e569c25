"""A mail server that sends a byte now and then must not hold up those who connect to it."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread

import pytest

from forum.infra import smtp

TOTAL_SECONDS, MOST_SECONDS = 0.5, 5.0
HANDSHAKE = b"\x16\x03\x03\x40\x00" + b"\x00" * 1000  # the head of a TLS record of 16,384 bytes, then its content
BEGINNINGS = {
    "the greeting": ("smtp", b"220-"),
    "the TLS handshake": ("smtps", HANDSHAKE),
    "STARTTLS": ("smtp", b"220 hello\r\n250-hello\r\n250 STARTTLS\r\n220 go on\r\n" + HANDSHAKE),
    "the extensions": ("smtp", b"220 hello\r\n250-"),
}


def drip(listener: socket.socket, beginning: bytes) -> None:
    """Send the beginning line by line, as the client asks, then a byte every tenth of a second."""
    line, _ = listener.accept()
    with line, suppress(OSError):
        for part in beginning.splitlines(keepends=True):
            line.sendall(part)
            time.sleep(0.02)
        while True:
            line.sendall(b"0")
            time.sleep(0.1)


@pytest.fixture(params=BEGINNINGS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server that never finishes a part of the connection."""
    scheme, beginning = BEGINNINGS[request.param]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=drip, args=(listener, beginning), daemon=True).start()
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"


def test_a_connection_is_opened_within_a_total_time(url: str) -> None:
    began = time.monotonic()
    with pytest.raises(smtp.SMTP_ERRORS):
        smtp.connect(url, total=TOTAL_SECONDS)
    assert TOTAL_SECONDS <= time.monotonic() - began < MOST_SECONDS


def test_a_server_that_answers_at_once_is_not_cut_off_afterwards() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=answer, args=(listener,), daemon=True).start()
        with smtp.connect(f"smtp://127.0.0.1:{listener.getsockname()[1]}", total=0.3) as server:
            time.sleep(0.6)
            assert server.noop() == (250, b"ok")


def answer(listener: socket.socket) -> None:
    """A server that says yes to each command."""
    line, _ = listener.accept()
    with line, line.makefile("rb") as commands, suppress(OSError):
        line.sendall(b"220 hello\r\n")
        while command := commands.readline():
            line.sendall(b"221 bye\r\n" if command.startswith(b"QUIT") else b"250 ok\r\n")
