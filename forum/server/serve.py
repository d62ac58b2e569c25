"""Starts granian and the job process, and stops both gracefully."""

import asyncio
import gc
import logging
import mmap
import multiprocessing
import os
import signal
import socket
import sys
import time
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
from forum.archive.setup import prepare_database
from forum.backups.lock import lock_folder
from forum.infra import logs, metrics
from forum.infra.database.db import current_settings, session, transaction
from forum.infra.errors import BadFile
from forum.members.signup.registration import issue_setup_secret
from forum.presence.views import flush_views
from forum.server import connections
from forum.server.asgi import AsgiForum
from forum.server.open_files import require_open_files
from forum.server.preload import keep_memory_together, preload

log = logging.getLogger("forum.server")

DEMONSTRATION = (
    "It is a demonstration with example boards, members and posts. To start your own, an admin removes them at "
    "/admin/demonstration. Or begin with default boards, in a folder of its own: "
    "FORUM_SEED=defaults FORUM_DATA=./my-forum make serve"
)
BACKLOG = 1024  # connections waiting to be accepted
HEADER_SECONDS = 30  # in which a request's header must arrive; also the keep-alive timeout
HEADER_BYTES = 2**16
GRACE_SECONDS = (
    10.0  # seconds that requests may take to finish once a worker stops; then remaining connections are closed
)
KILL_SECONDS = 30  # seconds until processes that have not stopped are killed
PARENT_CHECK_SECONDS = 1.0  # seconds between a worker's checks that its server is alive
GC_THRESHOLD = 10_000  # net allocations per collection: a page creates some thousand objects, most short-lived
SETTLED_SECONDS = 1.0  # after the start of a worker's event loop; from then on granian can handle a stop signal
STOPPING = frozenset({signal.SIGTERM, signal.SIGINT})
RESTART_SECONDS = 2.0  # seconds until a job process that died is restarted


def serve(host: str, port: int, workers: int) -> None:
    """Serve until SIGINT or SIGTERM; then finish requests in flight and store pending view counts."""
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
    jobs = _JobProcess()
    server = _server(host, port, workers)
    server.on_startup(jobs.start)
    os.register_at_fork(before=_block_stop_signals, after_in_parent=_unblock_stop_signals)
    try:
        server.serve()
    finally:
        jobs.stop()
        _store_views(app)
        metrics.delete_counters()


@dataclass(frozen=True)
class _Service:
    """What forked processes share with the server."""

    app: Flask
    port: int
    connections: int  # per worker at most
    stop: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 1))  # one shared byte: not 0 once the server stops


_services: list[_Service] = []  # the single service of this process


class _Server(MPServer):
    """A granian server that sets a shared stop flag."""

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """Set the stop flag on SIGTERM or SIGINT."""
        _services[0].stop[0] = 1
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]


def _block_stop_signals() -> None:
    """Block stop signals during a fork; the child inherits the mask and unblocks them once it can handle them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)


def _unblock_stop_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def _server(host: str, port: int, workers: int) -> _Server:
    """A granian server with many connections per worker and a timeout for request headers."""
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
        workers_kill_timeout=KILL_SECONDS,
    )


def make_worker() -> AsgiForum:
    """The application of a worker process, which exits if its server is killed, to free the port."""
    gc.set_threshold(GC_THRESHOLD)
    (service,) = _services
    guard = connections.ConnectionGuard(service.port, service.connections)
    guard.start()
    Thread(target=_end_with, args=(os.getppid(), service, guard), daemon=True).start()
    asyncio.get_event_loop().call_later(SETTLED_SECONDS, _unblock_stop_signals)
    return AsgiForum(service.app, is_stopping=lambda: service.stop[0] != 0)


def _end_with(parent: int, service: _Service, guard: connections.ConnectionGuard) -> None:
    """Stop a worker whose server died; close connections that outlast GRACE_SECONDS, as slow clients could."""
    while os.getppid() == parent and not service.stop[0]:
        time.sleep(PARENT_CHECK_SECONDS)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    guard.close_all()


def _require_free(host: str, port: int) -> None:
    """Raise BadFile if the port is in use: the workers' sockets would silently share it."""
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
    """Fill an empty database, and print the forum's address and the setup link for the first admin."""
    home = current_settings().base_url or f"http://{_browser_host(host)}:{port}"
    if prepare_database():
        click.echo(f"A new forum was created in {current_settings().data}.")
        if current_settings().seed == "document":
            click.echo(DEMONSTRATION)
    with transaction():
        secret = issue_setup_secret()
    click.echo(f"The forum is at {home} (Ctrl-C stops it).")
    if secret:
        click.echo(f"Create the first admin here (once): {home}/setup?token={secret}")
    sys.stdout.flush()


def _browser_host(host: str) -> str:
    """The host as a browser on this machine addresses it."""
    named = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared with
    return f"[{named}]" if ":" in named else named


def _store_views(app: Flask) -> None:
    with app.app_context():
        flush_views()
        session.remove()


class _JobProcess:
    """The job process: forked like the workers, restarted when it dies, stopped at the end.

    It is forked before the first worker. If another thread forked it while a worker is being forked, it would inherit
    the pipe that signals that worker's exit, and the server would wait for a worker that is long gone.
    """

    def __init__(self) -> None:
        self._stopping = Event()
        self._process: multiprocessing.process.BaseProcess | None = None
        self._watcher = Thread(target=self._keep_running, daemon=True)

    def start(self) -> None:
        """Fork the process and start the thread that restarts it."""
        self._process = self._fork()
        self._watcher.start()

    def stop(self) -> None:
        """Stop the process once its current job has finished; kill it after KILL_SECONDS."""
        self._stopping.set()
        process = self._process
        if process is None:
            return
        end = time.monotonic() + KILL_SECONDS
        while process.is_alive() and time.monotonic() < end:
            process.terminate()  # repeated: a process that was just forked may miss the first signal
            process.join(PARENT_CHECK_SECONDS)
        if process.is_alive():
            log.error("killing the job process, which did not stop within %d seconds", KILL_SECONDS)
            process.kill()
            process.join()

    def _keep_running(self) -> None:
        while self._process:
            self._process.join()
            if self._stopping.wait(RESTART_SECONDS):
                return
            self._process = self._fork()

    def _fork(self) -> multiprocessing.process.BaseProcess:
        process = multiprocessing.get_context("fork").Process(target=_run_jobs, args=(os.getpid(),))
        process.start()
        return process


def _run_jobs(parent: int) -> None:
    """Run the jobs in their own session: Ctrl-C in a terminal reaches only the server, which stops the jobs last."""
    from forum.jobs.scheduler import run_scheduler, stopped_by_signals  # noqa: PLC0415 - the workers need none of it

    os.setsid()
    stop = stopped_by_signals()
    _unblock_stop_signals()
    run_scheduler(_services[0].app, stop, parent=parent)
