"""Limits the open connections of a worker.

granian closes a connection on which no complete request header arrives in time. A client that sends requests and
hardly reads the responses can hold its connection longer. When most of a worker's connections are in use, the oldest
ones of the address that holds the most are closed, so that new clients can connect.
"""

import logging
import os
import resource
import socket
import stat
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread

from forum.infra.ephemeral.rate_limits import address_key

log = logging.getLogger("forum.server")

MAX_CONNECTIONS = 8192  # connections of a worker: an idle one takes 3 kB, one with an unread response 70 kB
OTHER_FILES = 128  # file descriptors reserved for databases, logs and imports
CHECK_SECONDS = 2.0
MAX_USED_SHARE = 0.75  # share of the allowed connections above which some are closed
CLOSED_AT_ONCE = 0.25  # share of the allowed connections that one check closes at most


def allowed() -> int:
    """How many connections a worker may hold under the current open-file limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, soft - OTHER_FILES)


@dataclass(frozen=True)
class Connection:
    """An open connection: its file descriptor, its peer, and when it was first seen."""

    descriptor: int
    peer: tuple[str, int]
    since: float


class ConnectionGuard:
    """Checks a worker's connections every CHECK_SECONDS."""

    def __init__(self, port: int, most: int) -> None:
        self._port, self._most = port, most
        self._known: dict[tuple[int, tuple[str, int]], float] = {}

    def start(self) -> None:
        """Start checking in a daemon thread."""
        Thread(target=self._watch, name="connections", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(CHECK_SECONDS)
            self.close_excess()

    def close_excess(self) -> int:
        """Close connections if too many are open; returns how many were closed."""
        if len(_descriptors()) < self._most * MAX_USED_SHARE:
            self._known.clear()
            return 0
        connections = self._connections()
        if len(connections) < self._most * MAX_USED_SHARE:
            return 0
        by_address: dict[str, list[Connection]] = defaultdict(list)
        for connection in connections:
            by_address[address_key(connection.peer[0])].append(connection)
        busiest_address = max(by_address, key=lambda address: len(by_address[address]))
        oldest_first = sorted(by_address[busiest_address], key=lambda connection: connection.since)
        closed = sum(self._close(connection) for connection in oldest_first[: int(self._most * CLOSED_AT_ONCE)])
        log.warning("%d connections are open: closed the %d oldest from one address", len(connections), closed)
        return closed

    def close_all(self) -> None:
        """Shut down all remaining connections."""
        for connection in self._connections():
            self._close(connection)

    def _connections(self) -> list[Connection]:
        now, connections = time.monotonic(), []
        for descriptor in _descriptors():
            peer = _peer(descriptor, self._port)
            if peer is not None:
                connections.append(Connection(descriptor, peer, self._known.get((descriptor, peer), now)))
        self._known = {(connection.descriptor, connection.peer): connection.since for connection in connections}
        return connections

    def _close(self, connection: Connection) -> bool:
        """Shut a connection down in both directions; the server, which owns the descriptor, then closes it."""
        duplicate = _duplicate(connection.descriptor)
        if duplicate is None:
            return False
        with duplicate, suppress(OSError):  # it may be closed by now, and its descriptor reused
            if duplicate.getpeername()[:2] == connection.peer and duplicate.getsockname()[1] == self._port:
                duplicate.shutdown(socket.SHUT_RDWR)
                return True
        return False


def _descriptors() -> list[int]:
    return [int(name) for name in os.listdir("/dev/fd")]  # noqa: PTH208 - thousands of entries, and only names are needed


def _peer(descriptor: int, port: int) -> tuple[str, int] | None:
    """The peer of a connection to our port; None if the descriptor is something else."""
    duplicate = _duplicate(descriptor)
    if duplicate is None:
        return None
    with duplicate, suppress(OSError, IndexError):
        if duplicate.getsockname()[1] == port:
            address, number, *_ = duplicate.getpeername()
            return address, number
    return None


def _duplicate(descriptor: int) -> socket.socket | None:
    """A duplicate of a socket, which can be closed without closing the original."""
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return None
        copy = os.dup(descriptor)
    except OSError:
        return None
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        return None
