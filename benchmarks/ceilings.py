"""The ceilings: the same ready bytes from an empty Flask view and from a bare WSGI function, on the forum's server.

Each answers /NAME with the file NAME of the folder BENCH_BYTES and the headers in NAME.json.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response

from forum.serve import server_of

Headers = list[tuple[str, str]]


@cache
def ready(name: str) -> tuple[Headers, bytes]:
    """The headers and the body of a scenario's answer."""
    folder = Path(os.environ["BENCH_BYTES"])
    headers = [(key, value) for key, value in json.loads((folder / f"{name}.json").read_text())]
    return headers, (folder / name).read_bytes()


def flask_app() -> Flask:
    """A Flask application of one view."""
    app = Flask("ceiling")

    @app.get("/<name>")
    def show(name: str) -> Response:
        headers, body = ready(name)
        return Response(body, headers=headers)

    return app


def bare_app() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """A function."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        headers, body = ready(environ["PATH_INFO"][1:])
        start("200 OK", headers)
        return [body]

    return answer


if __name__ == "__main__":  # FACTORY PORT WORKERS
    server_of(f"benchmarks.ceilings:{sys.argv[1]}", "127.0.0.1", int(sys.argv[2]), int(sys.argv[3])).serve()
