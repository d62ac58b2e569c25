"""The ceilings: the same ready bytes from an empty Flask view and from a bare WSGI function, on the forum's server.

Each gives at /NAME the answer that the folder BENCH_BYTES keeps under that name; all are read when a worker starts.
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
THREADS, CONNECTIONS = 32, 1024  # of a worker
READY = "ready"  # the address that answers once a ceiling stands
SERVERS_OWN = {"date", "server", "connection", "transfer-encoding"}


@dataclass(frozen=True)
class RecordedResponse:
    """What the forum said to a scenario's request."""

    status: int
    headers: Headers
    body: bytes

    @property
    def line(self) -> str:
        """The status as WSGI wants it; the words after the number matter to nobody."""
        return f"{self.status} {'OK' if self.status == 200 else 'Not Modified'}"


def store_response(folder: Path, name: str, answer: RecordedResponse) -> None:
    """Put an answer where the ceilings find it, without what granian adds by itself."""
    headers = [(key, value) for key, value in answer.headers if key.lower() not in SERVERS_OWN]
    (folder / f"{name}.json").write_text(json.dumps({"status": answer.status, "headers": headers}))
    (folder / f"{name}.body").write_bytes(answer.body)


def stored_responses() -> dict[str, RecordedResponse]:
    """All answers by name."""
    found = {READY: RecordedResponse(200, [("Content-Type", "text/plain"), ("Content-Length", "5")], b"ready")}
    for file in Path(os.environ["BENCH_BYTES"]).glob("*.json"):
        about = json.loads(file.read_text())
        headers = [(key, value) for key, value in about["headers"]]
        found[file.stem] = RecordedResponse(about["status"], headers, file.with_suffix(".body").read_bytes())
    return found


def flask_app() -> Flask:
    """A Flask application with a view for each answer, which does nothing but return it."""
    app = Flask("ceiling")

    def view_of(answer: RecordedResponse) -> Callable[[], Response]:
        return lambda: Response(answer.body, answer.status, answer.headers)

    for name, answer in stored_responses().items():
        app.add_url_rule(f"/{name}", name, view_of(answer))
    return app


def wsgi_app() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """A function that looks an answer up and gives it."""
    answers = {f"/{name}": (answer.line, answer.headers, [answer.body]) for name, answer in stored_responses().items()}

    def give(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        line, headers, body = answers[environ["PATH_INFO"]]
        start(line, headers)
        return body

    return give


def serve(factory: str, port: int, workers: int) -> None:
    """Serve what a factory makes by granian's WSGI, the quickest way to serve a function of Python's."""
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
