"""Addresses that somebody else chose are called over HTTPS, at public addresses that were checked, and nowhere else."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from forum.outside import pinned_calls
from forum.outside.http_calls import Unavailable
from tests.outside.push_stub import HOST, push_stub, write_certificate

PRIVATE = (
    *("127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1"),
    *("224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "ff02::1"),
    *("fec0::1", "::7f00:1", "64:ff9b:1::1", "2001:0:4136:e378::1"),
)


@contextmanager
def listener() -> Iterator[tuple[int, list[object]]]:
    """A port of this machine, and who has connected to it."""
    heard: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))

    def hear() -> None:
        while True:
            try:
                connection, peer = server.accept()
            except OSError:
                return
            heard.append(peer)
            connection.close()

    Thread(target=hear, daemon=True).start()
    try:
        yield server.getsockname()[1], heard
    finally:
        server.close()


def leads_to(*addresses: str) -> Callable[..., list[object]]:
    return lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in addresses]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_into_a_network_of_ours_is_not_called(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with listener() as (port, heard):
        monkeypatch.setattr(pinned_calls, "PORT", port)
        for addresses in ((address,), ("93.184.215.14", address)):
            monkeypatch.setattr(socket, "getaddrinfo", leads_to(*addresses))
            with pytest.raises(Unavailable, match="not public"):
                pinned_calls.post(f"https://{HOST}/x", b"body", {}, seconds=5)
        assert heard == []


@pytest.mark.parametrize(
    "url",
    [f"http://{HOST}/x", f"https://{HOST}:8443/x", "https:///x", "ftp://push.example.com/x", "file:///etc/passwd"],
)
def test_only_https_at_its_own_port_is_called(url: str) -> None:
    with pytest.raises(Unavailable):
        pinned_calls.post(url, b"body", {}, seconds=5)


def test_public_addresses_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", leads_to("2606:4700::1111", "93.184.215.14"))
    assert pinned_calls.public_address(HOST) == "93.184.215.14"


def test_the_name_is_looked_up_once_and_redirects_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with push_stub(tmp_path, monkeypatch) as stub:
        asked: list[str] = []

        def look_up(host: str) -> str:
            asked.append(host)
            return "127.0.0.1"

        monkeypatch.setattr(pinned_calls, "public_address", look_up)
        browser = stub.browser()
        browser.faults = [(307, {"Location": f"https://{HOST}/push/other"})]
        stub.browser("other")
        answer = pinned_calls.post(f"https://{HOST}{browser.path}", b"x", {}, seconds=5)
        assert (answer.status, asked, stub.refused) == (307, [HOST], [])


def test_a_certificate_of_another_host_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with push_stub(tmp_path, monkeypatch, host="other.example.com") as stub:
        stub.browser()
        with pytest.raises(Unavailable, match="CERTIFICATE"):
            pinned_calls.post(f"https://{HOST}/push/one", b"x", {}, seconds=5)
        assert stub.refused == []


def test_a_slow_service_is_left_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with push_stub(tmp_path, monkeypatch) as stub:
        stub.hangs = True
        with pytest.raises(Unavailable):
            pinned_calls.post(f"https://{HOST}/push/one", b"x", {}, seconds=0.5)


@pytest.mark.parametrize("begun", ["", "X-Long: ", "Connection: close\r\n\r\n", "Content-Length: 9999\r\n\r\n"])
def test_a_service_that_sends_a_byte_now_and_then_keeps_no_thread(
    begun: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_left = Event()
    certificate = write_certificate(tmp_path, HOST)
    answering = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    answering.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))

    def drip(connection: socket.socket) -> None:
        with suppress(OSError), answering.wrap_socket(connection, server_side=True) as line:
            line.sendall(f"HTTP/1.1 201 Created\r\n{begun}".encode())
            while True:
                line.sendall(b"x")
                time.sleep(0.05)
        is_left.set()

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(pinned_calls, "PORT", server.getsockname()[1])
        monkeypatch.setattr(pinned_calls, "public_address", lambda _: "127.0.0.1")
        monkeypatch.setattr(pinned_calls, "tls_context", lambda: trusting)
        Thread(target=lambda: drip(server.accept()[0]), daemon=True).start()
        with pytest.raises(Unavailable, match="no answer within"):
            pinned_calls.post(f"https://{HOST}/push/one", b"x", {}, seconds=0.7)
        assert is_left.wait(3), "the connection is closed"
