"""The `forum` command, called as an operator calls it."""

import os
import subprocess
import sys
from pathlib import Path

KEY = "a key of the tests, long enough to be taken"


def environment(data: Path, **more: str) -> dict[str, str]:
    """The variables of a deployment in a folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
    return own | {"FORUM_DATA": str(data), "FORUM_SECRET_KEY": KEY, "FORUM_SEED": "defaults"} | more


def forum(data: Path, *words: str, typed: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    command = [sys.executable, "-m", "forum.cli", *words]
    env = environment(data, **more)
    return subprocess.run(command, input=typed, env=env, capture_output=True, text=True, timeout=120, check=False)


def refusal(data: Path, *words: str, typed: str = "", **more: str) -> str:
    """The one line with which a command refuses; it ends with 2 and shows no trace."""
    done = forum(data, *words, typed=typed, **more)
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]
