"""The environment that servers are measured in: the forum's own dependencies, without those for development."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

VENV = ".bench/venv"
ROOT = Path(__file__).resolve().parent.parent
# Measures the additional memory of the jobs while they compute embeddings, in a separate process.
LEARNING = """
from benchmarks.accounting import memory
import os
before = memory([os.getpid()]).rss
from forum.similar.model import embed
for number in range(20):
    embed(f"Thread number {number}", "What somebody says of the river. " * 30)
print(memory([os.getpid()]).rss - before)
"""


@cache
def python() -> str:
    """The Python of an environment with only constraints.txt installed, created once by the Makefile's own rule."""
    command = ["make", "--silent", f"VENV={VENV}", f"PYTHON={sys.executable}", f"{VENV}/.installed"]
    done = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise SystemExit(f"Could not create the environment {VENV}.")
    return str(ROOT / VENV / "bin" / "python")


def forum(*words: str) -> list[str]:
    """A `forum` command in that environment."""
    return [python(), "-m", "forum.cli", *words]


def mib_of_learning() -> float | None:
    """MiB that the language model uses while it runs; None if the extra is not installed."""
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", LEARNING]
    done = subprocess.run(command, env=surroundings, cwd=ROOT, capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None
