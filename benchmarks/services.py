"""Databases and web nodes that a trial starts, stops and restarts at the same address."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from benchmarks import environment
from tests import servers
from tests.parts import require_part
from tests.servers import LOOPBACK, free_port

PATIENCE = 60.0
HOST = {"Host": "localhost"}  # the public host name of all nodes, whatever their port


class Service:
    """A process that can be stopped in several ways and restarted."""

    def __init__(self, name: str, begin: Callable[[], "subprocess.Popen[bytes]"], is_up: Callable[[], bool]) -> None:
        self.name, self._begin, self._is_up = name, begin, is_up
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it responds."""
        self.process = self._begin()
        end = time.monotonic() + PATIENCE
        while not self._is_up():
            if time.monotonic() > end or self.process.poll() is not None:
                raise SystemExit(f"{self.name} does not respond")
            time.sleep(0.05)

    def end(self, farewell: signal.Signals = signal.SIGTERM) -> None:
        """Stop it cleanly and wait until it has exited."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(farewell)
            self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Kill it and all its descendants at once (SIGKILL)."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)


def postgres(folder: Path, log: int) -> tuple[Service, str]:
    """A durable PostgreSQL, and the URL of its database."""
    programs, port = Path(require_part("PostgreSQL")), free_port()
    initdb = [programs / "initdb", *servers._initdb_options(folder / "data")]  # noqa: SLF001
    servers._unprivileged(initdb, folder, log).wait(PATIENCE)  # noqa: SLF001
    service = Service("PostgreSQL", _postgres(folder, log, port), lambda: _has_database(port))
    return service, f"postgresql+psycopg://forum@{LOOPBACK}:{port}/forum"


def replica(folder: Path, log: int, primary_url: str) -> tuple[Service, str]:
    """A streaming replica of a running PostgreSQL, and the URL of its database."""
    programs, port, primary = Path(require_part("PostgreSQL")), free_port(), make_url(primary_url)
    where = ["-h", LOOPBACK, "-p", str(primary.port), "-U", "forum"]
    copy = [programs / "pg_basebackup", "-D", folder / "data", *where, "-R", "--checkpoint=fast"]
    servers._unprivileged(copy, folder, log).wait(PATIENCE)  # noqa: SLF001
    address = primary.set(port=port).render_as_string(hide_password=False)
    return Service("the replica", _postgres(folder, log, port), lambda: servers._reads(address)), address  # noqa: SLF001


def _postgres(folder: Path, log: int, port: int) -> Callable[[], "subprocess.Popen[bytes]"]:
    settings = {"shared_buffers": "128MB", "max_connections": "100", "timezone": "UTC"}
    settings |= {"wal_retrieve_retry_interval": "500ms"}  # a replica soon reconnects to a primary that was down
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    place: list[Any] = ["-D", folder / "data", "-h", LOOPBACK, "-p", str(port), "-k", folder]
    program = Path(require_part("PostgreSQL")) / "postgres"
    return lambda: servers._unprivileged([program, *place, *options], folder, log)  # noqa: SLF001


def _has_database(port: int) -> bool:
    import psycopg  # noqa: PLC0415

    with suppress(psycopg.Error):
        address = f"host={LOOPBACK} port={port} user=forum dbname=postgres connect_timeout=2"
        with psycopg.connect(address, autocommit=True) as connection:
            with suppress(psycopg.errors.DuplicateDatabase):
                connection.execute("CREATE DATABASE forum")
            return True
    return False


def redis(folder: Path, log: int) -> tuple[Service, str]:
    """A Redis without persistence, and its URL."""
    program, port = require_part("Redis"), free_port()
    command = [program, "--bind", LOOPBACK, "--port", str(port), "--save", "", "--appendonly", "no", "--dir", folder]
    service = Service(
        "Redis",
        lambda: servers._unprivileged(command, folder, log),  # noqa: SLF001
        lambda: servers._answers_ping(port),  # noqa: SLF001
    )
    return service, f"redis://{LOOPBACK}:{port}/0"


def node(
    name: str, settings: dict[str, str], log: int, workers: int = 1, *, program: Sequence[str] = ()
) -> tuple[Service, int]:
    """A web node with its job process, and its port; of another program than `forum`, if one is given."""
    port = free_port()
    words = ("serve", "--port", str(port), "--workers", str(workers))
    command = [*program, *words] if program else environment.forum(*words)
    variables = {key: value for key, value in os.environ.items() if not key.startswith("FORUM_")} | settings

    def begin() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # its own process group, which kill() ends as a whole
            command, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )

    return Service(name, begin, lambda: is_ready(port)), port


def is_ready(port: int) -> bool:
    """Whether a node's readiness check succeeds."""
    from benchmarks.servers import fetch  # noqa: PLC0415

    with suppress(OSError):
        return fetch(f"http://{LOOPBACK}:{port}/health/ready", {}).status == 200
    return False


@contextmanager
def service_folder() -> Iterator[tuple[Path, int]]:
    """Yield a folder for a service and a file descriptor for its log."""
    with servers._folder() as folder, servers._log(folder) as log:  # noqa: SLF001
        yield folder, log
