"""Runs the `forum` command as an operator does."""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from forum.infra.settings import from_environment
from tests.databases import deployment
from tests.parts import ROOT

KEY = "a key of the tests, long enough to be taken"
SAID = ("typed", "stdout", "stderr")
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


def forum(
    data: Path, *words: str, typed: str = "", limits: Mapping[str, int] | None = None, **more: str | None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, under system limits such as {"RLIMIT_NOFILE": 16}."""
    zygote = _zygote()
    assert zygote.stdin
    assert zygote.stdout
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in SAID]
        files[0].write_text(typed)
        job = {"words": words, "environment": environment(data, **more), "limits": limits or {}}
        job |= {"files": list(map(str, files))}
        zygote.stdin.write(json.dumps(job) + "\n")
        zygote.stdin.flush()
        status = int(zygote.stdout.readline())
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
