"""Starting and stopping the servers of a run, on loopback."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.accounting import process_tree
from benchmarks.ceilings import RecordedResponse
from tests import servers
from tests.parts import postgres

START_PATIENCE = 120.0
END_PATIENCE = 40.0
# Settings of a durable database, instead of those for tests.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB"}


@dataclass(frozen=True)
class Server:
    """Where a server listens, and the root processes whose CPU time and memory count as its own."""

    netloc: str
    pids: tuple[int, ...]
    seconds: float  # from its start to its first response


@contextmanager
def running(
    command: list[str], port: int, ready: str, environment: dict[str, str], log: Path | None = None
) -> Iterator[Server]:
    """Run a server in its own session, so that Ctrl-C does not reach it; yields once it answers.

    Its stderr goes into `log`, if given.
    """
    netloc = f"127.0.0.1:{port}"
    started = time.monotonic()
    variables = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")} | environment
    null, said = subprocess.DEVNULL, log.open("wb") if log else None
    process = subprocess.Popen(command, env=variables, stdin=null, stdout=null, stderr=said, start_new_session=True)
    try:
        _wait(lambda: _answers(f"http://{netloc}{ready}"), process)
        yield Server(netloc, (process.pid,), time.monotonic() - started)
    finally:
        _end(process)
        if said:
            said.close()


def _wait(is_ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_PATIENCE
    while not is_ready():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"Server does not respond: {process.args!r}")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Send SIGTERM and, after a long timeout, SIGKILL to all remaining processes."""
    left = process_tree(process.pid)
    process.terminate()
    try:
        process.wait(END_PATIENCE)
    except subprocess.TimeoutExpired:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def _answers(address: str) -> bool:
    try:
        return fetch(address, {}).status == 200
    except OSError:
        return False


def fetch(address: str, headers: dict[str, str]) -> RecordedResponse:
    """The response to one request; error statuses and 304 do not raise."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:
            return RecordedResponse(answer.status, answer.getheaders(), answer.read())
    except urllib.error.HTTPError as refusal:
        return RecordedResponse(refusal.code, list(refusal.headers.items()), refusal.read())


@contextmanager
def scratch_postgres() -> Iterator[str]:
    """Run a new, durable PostgreSQL; yields the URL of its empty database."""
    if postgres() is None:
        raise SystemExit("PostgreSQL is not installed (Debian: apt-get install postgresql).")
    servers.POSTGRES_SETTINGS.update(DURABLE)
    with servers.postgres_server() as url:
        yield url


def postmaster(url: str) -> tuple[int, ...]:
    """The pid of PostgreSQL's main process on this machine; empty for SQLite or a remote server."""
    address = make_url(url) if url.startswith("postgresql") else None
    if address is None or (address.host or "") not in {"", "127.0.0.1", "localhost", "::1"}:
        return ()
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with suppress(psycopg.Error, OSError), psycopg.connect(plain) as connection:
        row = connection.execute("SELECT current_setting('data_directory')").fetchone()
        return (int((Path(row[0]) / "postmaster.pid").read_text().split()[0]),) if row else ()
    return ()
