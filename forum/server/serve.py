"""Starting granian and the jobs beside it, and stopping both so that nothing is lost."""

import asyncio
import gc
import mmap
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import click
from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from forum.app import create_app
from forum.archive.errors import BadFile
from forum.archive.lock import lock_folder
from forum.archive.setup import prepare_database
from forum.infra import logs, metrics
from forum.infra.db import current_settings, session, transaction
from forum.members.registration import issue_setup_secret
from forum.presence.views import flush_views
from forum.server import connections
from forum.server.asgi import AsgiForum
from forum.server.open_files import require_open_files
from forum.server.preload import keep_memory_together, preload

DEMONSTRATION = (
    "It is a demonstration, filled with example boards, members and posts. To begin your own, empty, with sensible "
    "boards, in a folder of its own: FORUM_SEED=defaults FORUM_DATA=./my-forum make serve"
)
BACKLOG = 1024  # connections that wait to be accepted
HEADER_SECONDS = 30  # in which a request's header must be there; a connection that is kept alive waits as long
HEADER_BYTES = 2**16
GRACE = 10.0  # seconds that requests have to end once a worker stops; then the connections that are left are closed
PATIENCE = 30  # seconds for what is in flight at the end
LOOK_EVERY = 1.0  # seconds between a worker's looks at whether its server lives
GARBAGE_AFTER = 10_000  # objects more than there were: a page makes some thousand, and most go with it
SETTLED_SECONDS = 1.0  # of a worker's event loop, after which granian's threads can hear that it is to stop
STOPPING = frozenset({signal.SIGTERM, signal.SIGINT})
RESTART_AFTER = 2.0  # seconds after which jobs that died begin again


def serve(host: str, port: int, workers: int) -> None:
    """Serve until SIGINT or SIGTERM; what is in flight is answered, and views are brought home."""
    require_open_files()
    _require_free(host, port)
    keep_memory_together()
    app = create_app()
    with app.app_context():
        logs.configure_logging(current_settings())
        lock_folder(current_settings().data)
        metrics.share_among_processes(current_settings().data)
        _prepare(host, port)
    preload(app)
    _services.append(_Service(app, port, connections.allowed()))
    jobs = _Jobs()
    server = _server(host, port, workers)
    server.on_startup(jobs.start)
    try:
        server.serve()
    finally:
        jobs.stop()
        _bring_views_home(app)
        metrics.delete_counters()


@dataclass(frozen=True)
class _Service:
    """What the processes that are forked from the server know of it."""

    app: Flask
    port: int
    connections: int  # that a worker holds
    stop: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 1))  # a byte that all share: not 0 once it ends


_services: list[_Service] = []  # the one that this process serves


class _Server(MPServer):
    """A granian that tells its workers when it is asked to stop, and forks none that could miss it."""

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """SIGTERM or SIGINT."""
        _services[0].stop[0] = 1
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]

    def _spawn_workers(self, *args: Any, **kwargs: Any) -> None:
        with _signals_blocked():
            super()._spawn_workers(*args, **kwargs)  # type: ignore[no-untyped-call]

    def _respawn_workers(self, *args: Any, **kwargs: Any) -> None:
        with _signals_blocked():
            super()._respawn_workers(*args, **kwargs)


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Keep signals pending; a worker forked meanwhile keeps them so until it can handle them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def _server(host: str, port: int, workers: int) -> _Server:
    """A server whose workers hold many connections, on each of which a request's header must come in time."""
    return _Server(
        "forum.server.serve:make_worker",
        factory=True,
        interface=Interfaces.ASGI,
        address=host,
        port=port,
        workers=workers,
        backlog=BACKLOG,
        backpressure=_services[0].connections,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=HEADER_BYTES),
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=PATIENCE,
    )


def make_worker() -> AsgiForum:
    """What a worker process serves; it ends when the server that began it was killed: it must not keep the port."""
    gc.set_threshold(GARBAGE_AFTER)
    (service,) = _services
    guard = connections.ConnectionGuard(service.port, service.connections)
    guard.start()
    Thread(target=_end_with, args=(os.getppid(), service, guard), daemon=True).start()
    asyncio.get_event_loop().call_later(SETTLED_SECONDS, signal.pthread_sigmask, signal.SIG_UNBLOCK, STOPPING)
    return AsgiForum(service.app, is_stopping=lambda: service.stop[0] != 0)


def _end_with(parent: int, service: _Service, guard: connections.ConnectionGuard) -> None:
    """Let nobody who sends or reads slowly keep a worker alive for long once its server stops or was killed."""
    while os.getppid() == parent and not service.stop[0]:
        time.sleep(LOOK_EVERY)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    guard.close_all()


def _require_free(host: str, port: int) -> None:
    """Refuse a port that somebody listens on: the workers' sockets would silently share it."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise BadFile(
            f"Cannot listen on {host}, port {port}: {error.strerror or error}. Choose another with --port."
        ) from error


def _prepare(host: str, port: int) -> None:
    """Fill an empty database, say where the forum is, and hand out the first admin's link."""
    home = current_settings().base_url or f"http://{_shown(host)}:{port}"
    if prepare_database():
        click.echo(f"A new forum was made in {current_settings().data}.")
        if current_settings().seed == "document":
            click.echo(DEMONSTRATION)
    with transaction():
        secret = issue_setup_secret()
    click.echo(f"The forum is at {home} (Ctrl-C stops it).")
    if secret:
        click.echo(f"Make the first admin, once: {home}/setup?token={secret}")
    sys.stdout.flush()


def _shown(host: str) -> str:
    """What a browser on this machine calls the host."""
    named = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared with
    return f"[{named}]" if ":" in named else named


def _bring_views_home(app: Flask) -> None:
    with app.app_context():
        flush_views()
        session.remove()


class _Jobs:
    """The process of the jobs, forked as the workers are: started again when it dies, stopped at the end.

    It is forked before the first worker is. Forked by another thread while a worker is, it would inherit the pipe
    by whose end that worker's end is told, and the server would wait for a worker that had stopped long ago.
    """

    def __init__(self) -> None:
        self._over = Event()
        self._process: multiprocessing.process.BaseProcess | None = None
        self._watch = Thread(target=self._keep_running, daemon=True)

    def start(self) -> None:
        """Begin; the process is there on return."""
        self._process = self._fork()
        self._watch.start()

    def stop(self) -> None:
        """Let the present job end."""
        self._over.set()
        process = self._process
        if process is None:
            return
        end = time.monotonic() + PATIENCE
        while process.is_alive() and time.monotonic() < end:
            process.terminate()  # said again: just forked, it would not have listened
            process.join(LOOK_EVERY)
        if process.is_alive():
            process.kill()
            process.join()

    def _keep_running(self) -> None:
        while self._process:
            self._process.join()
            if self._over.wait(RESTART_AFTER):
                return
            self._process = self._fork()

    def _fork(self) -> multiprocessing.process.BaseProcess:
        process = multiprocessing.get_context("fork").Process(target=_run_jobs, args=(os.getpid(),))
        process.start()
        return process


def _run_jobs(parent: int) -> None:
    """The jobs, in a session of their own: a terminal's Ctrl-C reaches the server alone, which ends the jobs last."""
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)  # not the server's, which were forked too, until the clock has its own
    from forum.jobs.scheduler import run_scheduler, stopped_by_signals  # noqa: PLC0415 - the workers need none of it

    os.setsid()
    run_scheduler(_services[0].app, stopped_by_signals(), parent=parent)
