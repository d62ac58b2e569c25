"""The ceilings: an empty Flask view and a bare WSGI function that return recorded responses, on the forum's server.

Each serves at /NAME the response stored under that name in the folder BENCH_BYTES; a worker loads all when it starts.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

Headers = list[tuple[str, str]]
THREADS, CONNECTIONS = 32, 1024  # per worker
READY = "ready"  # path that answers once a ceiling is up
SERVERS_OWN = {"date", "server", "connection", "transfer-encoding"}


@dataclass(frozen=True)
class RecordedResponse:
    """The forum's response to a scenario's request."""

    status: int
    headers: Headers
    body: bytes

    @property
    def line(self) -> str:
        """The status line for WSGI; its reason phrase does not matter."""
        return f"{self.status} {'OK' if self.status == 200 else 'Not Modified'}"


def store_response(folder: Path, name: str, answer: RecordedResponse) -> None:
    """Store a response for the ceilings, without the headers that granian adds itself."""
    headers = [(key, value) for key, value in answer.headers if key.lower() not in SERVERS_OWN]
    (folder / f"{name}.json").write_text(json.dumps({"status": answer.status, "headers": headers}))
    (folder / f"{name}.body").write_bytes(answer.body)


def stored_responses() -> dict[str, RecordedResponse]:
    """All stored responses by name."""
    found = {READY: RecordedResponse(200, [("Content-Type", "text/plain"), ("Content-Length", "5")], b"ready")}
    for file in Path(os.environ["BENCH_BYTES"]).glob("*.json"):
        about = json.loads(file.read_text())
        headers = [(key, value) for key, value in about["headers"]]
        found[file.stem] = RecordedResponse(about["status"], headers, file.with_suffix(".body").read_bytes())
    return found


def flask_app() -> Flask:
    """A Flask application with one view per response, which only returns it."""
    app = Flask("ceiling")

    def view_of(answer: RecordedResponse) -> Callable[[], Response]:
        return lambda: Response(answer.body, answer.status, answer.headers)

    for name, answer in stored_responses().items():
        app.add_url_rule(f"/{name}", name, view_of(answer))
    return app


def wsgi_app() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """A WSGI application that looks up a response and returns it."""
    answers = {f"/{name}": (answer.line, answer.headers, [answer.body]) for name, answer in stored_responses().items()}

    def give(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        line, headers, body = answers[environ["PATH_INFO"]]
        start(line, headers)
        return body

    return give


def serve(factory: str, port: int, workers: int) -> None:
    """Serve the application of a factory with granian's WSGI interface, the fastest way to serve a Python function."""
    Granian(
        f"benchmarks.ceilings:{factory}",
        factory=True,
        interface=Interfaces.WSGI,
        address="127.0.0.1",
        port=port,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":  # FACTORY PORT WORKERS
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
