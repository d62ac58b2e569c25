"""How many connections a worker holds open, and which are closed when too many are.

granian closes a connection on which no whole request header arrives in time. A client that sends requests and
hardly reads the answers can hold its connection longer. When most of a worker's connections are in use, the oldest of
the address that holds most of them are closed, so that new readers find a place.
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

from forum.infra.rate_limits import address_key

log = logging.getLogger("forum.server")

MOST = 8192  # connections of a worker: an idle one takes 3 kB, one whose answer is not read 70 kB
OTHER_FILES = 128  # of a process: databases, logs, what it imports
LOOK_SECONDS = 2.0
CROWDED = 0.75  # share of the connections in use from which on some are closed
CLOSED_AT_ONCE = 0.25  # share of them


def allowed() -> int:
    """How many connections a worker may hold, by the limit of open files that holds now."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else min(MOST, soft - OTHER_FILES)


@dataclass(frozen=True)
class Connection:
    """An open connection: its file descriptor, whose it is, and when it was first seen."""

    descriptor: int
    peer: tuple[str, int]
    since: float


class ConnectionGuard:
    """Looks at a worker's connections now and then."""

    def __init__(self, port: int, most: int) -> None:
        self._port, self._most = port, most
        self._known: dict[tuple[int, tuple[str, int]], float] = {}

    def start(self) -> None:
        """Watch from now on, in a thread of its own."""
        Thread(target=self._watch, name="connections", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> int:
        """Close connections if too many are open: how many were."""
        if len(_descriptors()) < self._most * CROWDED:
            self._known.clear()
            return 0
        connections = self._connections()
        if len(connections) < self._most * CROWDED:
            return 0
        by_address: dict[str, list[Connection]] = defaultdict(list)
        for each in connections:
            by_address[address_key(each.peer[0])].append(each)
        most = max(by_address, key=lambda address: len(by_address[address]))
        crowd = sorted(by_address[most], key=lambda each: each.since)
        closed = sum(self._close(each) for each in crowd[: int(self._most * CLOSED_AT_ONCE)])
        log.warning("%d connections are open: closed the %d oldest of one address", len(connections), closed)
        return closed

    def close_all(self) -> None:
        """End every connection that is left."""
        for each in self._connections():
            self._close(each)

    def _connections(self) -> list[Connection]:
        now, found = time.monotonic(), []
        for descriptor in _descriptors():
            peer = _peer(descriptor, self._port)
            if peer is not None:
                found.append(Connection(descriptor, peer, self._known.get((descriptor, peer), now)))
        self._known = {(each.descriptor, each.peer): each.since for each in found}
        return found

    def _close(self, connection: Connection) -> bool:
        """End a connection for both sides; the server, whose descriptor it is, then closes it."""
        opened = _opened(connection.descriptor)
        if opened is None:
            return False
        with opened, suppress(OSError):  # gone meanwhile, and its number perhaps another's
            if opened.getpeername()[:2] == connection.peer and opened.getsockname()[1] == self._port:
                opened.shutdown(socket.SHUT_RDWR)
                return True
        return False


def _descriptors() -> list[int]:
    return [int(name) for name in os.listdir("/dev/fd")]  # noqa: PTH208 - thousands of names, and nothing else of them


def _peer(descriptor: int, port: int) -> tuple[str, int] | None:
    """Who is at the other end of a connection to our port; None if the descriptor is something else."""
    opened = _opened(descriptor)
    if opened is None:
        return None
    with opened, suppress(OSError, IndexError):
        if opened.getsockname()[1] == port:
            address, number, *_ = opened.getpeername()
            return address, number
    return None


def _opened(descriptor: int) -> socket.socket | None:
    """A second handle of a socket, to be closed without closing the first."""
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
