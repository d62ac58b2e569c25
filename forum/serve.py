"""Starting granian and the jobs beside it, and stopping both so that nothing is lost."""

import gc
import multiprocessing
import os
import signal
import socket
import sys
import time
from multiprocessing.util import Finalize
from threading import Event, Thread
from typing import Any

import click
from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.common import AbstractServer

from forum.app import create_app
from forum.archive.faults import BadFile
from forum.archive.lock import hold
from forum.archive.ready import make_ready
from forum.base import logs, metrics
from forum.base.db import deployed, session, transaction
from forum.members.joining import issue_setup_secret
from forum.prefork import keep_memory_together, make_common
from forum.presence.arrivals import bring
from forum.presence.views import flush_views
from forum.server_checks import require_open_files

THREADS = 32  # of a worker: the turnstile lets guests take three quarters of them, the others wait for members
CONNECTIONS = 1024  # that a worker holds open, idle ones too
PATIENCE = 30  # seconds for what is in flight at the end
LOOK_EVERY = 1.0  # seconds between a worker's looks at whether its server lives
GARBAGE_AFTER = 10_000  # objects more than there were: a page makes some thousand, and most go with it
RESTART_AFTER = 2.0  # seconds after which jobs that died begin again


def serve(host: str, port: int, workers: int) -> None:
    """Serve until SIGINT or SIGTERM; what is in flight is answered, and views are brought home."""
    require_open_files()
    _require_free(host, port)
    keep_memory_together()
    app = create_app()
    with app.app_context():
        logs.prepare(deployed())
        hold(deployed().data)
        metrics.share_among_processes(deployed().data)
        _prepare(host, port)
    make_common(app)
    _shared["app"] = app
    jobs = _Jobs()
    server = server_of("forum.serve:make_worker", host, port, workers)
    server.on_startup(jobs.start)
    try:
        server.serve()
    finally:
        jobs.stop()
        _bring_views_home(app)
        metrics.forget()


def server_of(factory: str, host: str, port: int, workers: int) -> AbstractServer[Any]:
    """A granian that serves what a factory makes; benchmarks serve their ceilings by it too."""
    return Granian(
        factory,
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=PATIENCE,
    )


def make_worker() -> Flask:
    """The app of a worker process, which ends when the server that began it was killed: it must not keep the port."""
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    gc.set_threshold(GARBAGE_AFTER)
    app = _shared.get("app") or create_app()
    Finalize(None, _bring_arrivals, args=(app,), exitpriority=1)  # a forked process runs this at its end, not atexit
    return app


_shared: dict[str, Flask] = {}


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)


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
    home = deployed().base_url or f"http://{_shown(host)}:{port}"
    if make_ready():
        click.echo(f"A new forum was made in {deployed().data}.")
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


def _bring_arrivals(app: Flask) -> None:
    with app.app_context():
        bring()


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
    from forum.jobs.clock import run_clock, stopped_by_signals  # noqa: PLC0415 - the workers need none of it

    os.setsid()
    run_clock(_shared.get("app") or create_app(), stopped_by_signals(), parent=parent)
