"""Runs the `forum` command as an operator does."""

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import create_engine, text

from forum.infra.settings import from_environment
from tests.databases import deployment, on_postgres
from tests.migrated import begin
from tests.parts import ROOT

KEY = "a key of the tests, long enough to be taken"
SAID = ("typed", "stdout", "stderr")
PATIENCE = 60.0  # seconds that a service may take to stop
_one_at_a_time = Lock()  # to ask the zygote
_zygotes = ExitStack()
atexit.register(_zygotes.close)


def environment(data: Path, **more: str | None) -> dict[str, str]:
    """The environment of a deployment in a folder, on this run's databases; None removes a variable."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
    named = {"FORUM_DATA": str(data), "FORUM_SECRET_KEY": KEY, "FORUM_SEED": "defaults"}
    chosen = own | named | deployment(data) | more
    return {name: value for name, value in chosen.items() if value is not None}


@cache
def _zygote() -> "subprocess.Popen[str]":
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return _zygotes.enter_context(subprocess.Popen([sys.executable, "-m", "tests.cli.zygote"], cwd=ROOT, **pipes))


def _ask(job: dict[str, Any] | int) -> str:
    zygote = _zygote()
    assert zygote.stdin
    assert zygote.stdout
    with _one_at_a_time:
        zygote.stdin.write(json.dumps(job) + "\n")
        zygote.stdin.flush()
        return zygote.stdout.readline().strip()


class Service:
    """A command that goes on, such as `forum serve`, in a session of its own.

    It is forked from a process that has loaded the code: a start takes half of the processor time of a new process.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        files = [os.devnull, str(log), str(log)]
        job = {"words": words, "environment": dict(environment), "limits": {}, "files": files, "stays": True}
        self.pid = int(_ask(job))
        self._status: int | None = None

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""
        if self._status is None and (answer := _ask(self.pid)):
            self._status = int(answer)
        return self._status

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit status, once it has ended."""
        until = time.monotonic() + seconds
        while (status := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), seconds)
            time.sleep(0.02)
        return status

    def send_signal(self, number: int) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)


def forum(
    data: Path, *words: str, typed: str = "", limits: Mapping[str, int] | None = None, **more: str | None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, under system limits such as {"RLIMIT_NOFILE": 16}."""
    return _run(words, environment(data, **more), typed, limits=limits or {})


def new_forum(data: Path, seed: str = "defaults") -> None:
    """Let a folder contain what `forum seed` makes of it."""
    begin(data, seed)
    if on_postgres():
        made = forum(data, "seed", FORUM_SEED=seed)
        assert made.returncode == 0, made.stderr


def forum_bound(data: Path, *words: str, **more: str | None) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; the permissions of files bind it even if the tests run as root."""
    return _run(words, environment(data, **more), "", limits={}, bound=True)


def _run(words: Sequence[str], env: Mapping[str, str], typed: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in SAID]
        files[0].write_text(typed)
        job = {"words": words, "environment": dict(env), "files": list(map(str, files)), "stays": False}
        status = int(_ask(job | more))
        return subprocess.CompletedProcess(words, status, files[1].read_text(), files[2].read_text())


def refusal(data: Path, *words: str, typed: str = "", limits: Mapping[str, int] | None = None, **more: str) -> str:
    """The one line with which a command refuses; it must exit with 2 and print no traceback."""
    done = forum(data, *words, typed=typed, limits=limits, **more)
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def rows(data: Path, question: str) -> list[tuple[Any, ...]]:
    """The rows of a query on a deployment's database; for a change it commits and returns none."""
    engine = create_engine(from_environment(environment(data)).database_url)
    try:
        with engine.begin() as connection:
            answer = connection.execute(text(question))
            return [tuple(row) for row in answer] if answer.returns_rows else []
    finally:
        engine.dispose()
