"""Connection limits: near the file limit, the oldest connections of the address with the most are closed."""

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from forum.server import connections
from forum.server.connections import CLOSED_AT_ONCE, MAX_USED_SHARE, ConnectionGuard


class Listener:
    """A server that accepts and keeps connections, and clients at addresses of this machine."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._socket = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=200))
        self.port: int = self._socket.getsockname()[1]

    def connect(self, address: str) -> socket.socket:
        """The client's end of a new connection."""
        client = self._stack.enter_context(
            socket.create_connection(("127.0.0.1", self.port), source_address=(address, 0))
        )
        self._stack.enter_context(self._socket.accept()[0])
        return client


@pytest.fixture
def listener() -> Iterator[Listener]:
    with ExitStack() as stack:
        yield Listener(stack)


def is_closed(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


def test_below_the_limit_no_connection_is_closed(listener: Listener) -> None:
    guard = ConnectionGuard(listener.port, 400)
    clients = [listener.connect("127.0.0.1") for _ in range(100)]
    assert guard.close_excess() == 0
    assert not any(is_closed(each) for each in clients)


def test_the_oldest_connections_of_the_busiest_address_are_closed_and_no_others(listener: Listener) -> None:
    most = 80
    guard = ConnectionGuard(listener.port, most)
    reader = listener.connect("127.0.0.3")
    old = [listener.connect("127.0.0.2") for _ in range(20)]
    assert guard.close_excess() == 0
    guard._connections()  # as a check does that finds many files open
    new = [listener.connect("127.0.0.2") for _ in range(int(most * MAX_USED_SHARE) - 20)]
    assert guard.close_excess() == int(most * CLOSED_AT_ONCE) == 20
    assert all(is_closed(each) for each in old)
    assert not any(is_closed(each) for each in [*new, reader])


def test_other_files_and_connections_to_other_ports_are_left_alone(listener: Listener) -> None:
    with ExitStack() as stack:
        other = Listener(stack)
        strangers = [other.connect("127.0.0.2") for _ in range(70)]
        assert ConnectionGuard(listener.port, 80).close_excess() == 0
        assert not any(is_closed(each) for each in strangers)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
from forum.infra.errors import BadFile
from forum.server.connections import allowed
from forum.server.open_files import require_open_files
try:
    require_open_files()
    print(allowed(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
except BadFile as error:
    print(error)
"""


def after_start(soft: int, hard: int) -> str:
    """What a process with these limits reports: connections and files allowed, or a refusal."""
    command = [sys.executable, "-c", LIMITED, str(soft), str(hard)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_the_limit_of_open_files_is_raised_as_far_as_the_system_permits() -> None:
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= 10_000, "the machine of this test permits too little"
    assert after_start(256, 10_000) == f"{connections.MAX_CONNECTIONS} 10000"
    assert after_start(256, 1024) == f"{1024 - connections.OTHER_FILES} 1024"


def test_a_process_that_may_open_hardly_any_file_reports_it() -> None:
    assert after_start(64, 64).startswith("Only 64 files may be open at once: raise the limit")
