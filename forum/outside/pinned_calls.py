"""POST to an address that somebody else chose: over HTTPS, to public addresses only, within a total time.

The name is looked up once, and the connection goes to the address that was checked, so that a name which leads
elsewhere a moment later reaches nothing of this network. No redirects are followed.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

from forum.outside.http_calls import MAX_BYTES, Unavailable

PORT = 443
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # IPv4 addresses, private ones too
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class PinnedAnswer(NamedTuple):
    """What was answered: the status, and the headers by their names in lower case."""

    status: int
    headers: Mapping[str, str]


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> PinnedAnswer:
    """Send a body. Raises Unavailable after so many seconds in all, name look-up included, or without an answer."""
    found, opened = SimpleQueue[PinnedAnswer | Unavailable](), SimpleQueue[_PinnedConnection]()
    Thread(target=lambda: found.put(_sent(url, body, headers, seconds, opened)), daemon=True).start()
    try:
        answer = found.get(timeout=seconds)
    except Empty:
        with suppress(Empty):
            opened.get_nowait().abort()  # a byte now and then would keep its thread for ever
        raise Unavailable(f"no answer within {seconds:g} seconds") from None
    if isinstance(answer, Unavailable):
        raise answer
    return answer


def public_address(host: str) -> str:
    """An address of a host. Raises Unavailable if any of its addresses is not public, or it has none."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, PORT, type=socket.SOCK_STREAM)}
        addresses = sorted(map(ipaddress.ip_address, found), key=lambda each: (each.version, each.packed))
    except (OSError, ValueError) as error:
        raise Unavailable(f"the name cannot be looked up: {error}"[:150]) from error
    if not addresses or not all(map(is_public, addresses)):
        raise Unavailable("the name leads to an address that is not public")
    return str(addresses[0])


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet, not of this machine, its network or a special use."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in NAT64 or address.sixtofour is not None or address.teredo is not None or address.is_site_local:
            return False
    is_special = address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
    return address.is_global and not (is_special or address.is_private or address.is_unspecified)


@cache
def tls_context() -> ssl.SSLContext:
    """How certificates are checked."""
    return ssl.create_default_context()


class _PinnedConnection(http.client.HTTPSConnection):
    """A connection to an address, whose certificate is that of the host."""

    def __init__(self, host: str, address: str, *, timeout: float) -> None:
        super().__init__(host, PORT, timeout=timeout, context=tls_context())
        self._address = address
        self._line: socket.socket | None = None  # `sock` is gone while the body is read

    def connect(self) -> None:
        """Connect to the address that was checked."""
        plain = socket.create_connection((self._address, PORT), self.timeout)
        try:
            self.sock = self._line = tls_context().wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def abort(self) -> None:
        """End the connection, from another thread: what waits for the service gets an error."""
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)


def _sent(
    url: str, body: bytes, headers: Mapping[str, str], seconds: float, opened: SimpleQueue[_PinnedConnection]
) -> PinnedAnswer | Unavailable:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.port not in {None, 443} or not parts.hostname:
        return Unavailable("not an HTTPS address")
    try:
        connection = _PinnedConnection(parts.hostname, public_address(parts.hostname), timeout=seconds)
    except Unavailable as unavailable:
        return unavailable
    opened.put(connection)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body, {**headers, "Host": parts.hostname})
        response = connection.getresponse()
        response.read(MAX_BYTES)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Unavailable(f"{type(error).__name__}: {error}"[:150])
    finally:
        connection.close()
    return PinnedAnswer(response.status, {name.lower(): value for name, value in response.getheaders()})
