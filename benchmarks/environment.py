"""The environment that servers are measured in: what the forum runs on and nothing that testers add."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

VENV = ".bench/venv"
ROOT = Path(__file__).resolve().parent.parent
# what the jobs hold more while they learn what threads mean, in a process of its own
LEARNING = """
from benchmarks.accounting import memory
import os
before = memory([os.getpid()]).rss
from forum.similar.model import understand
for number in range(20):
    understand(f"Thread number {number}", "What somebody says of the river. " * 30)
print(memory([os.getpid()]).rss - before)
"""


@cache
def python() -> str:
    """The interpreter of an environment with constraints.txt alone, made once, as `make` makes the one for serving."""
    command = ["make", "--silent", f"VENV={VENV}", f"PYTHON={sys.executable}", f"{VENV}/.installed"]
    done = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise SystemExit(f"The environment of what is measured, {VENV}, could not be made.")
    return str(ROOT / VENV / "bin" / "python")


def forum(*words: str) -> list[str]:
    """The `forum` command of that environment."""
    return [python(), "-m", "forum.cli", *words]


def mib_of_learning() -> float | None:
    """MiB that the language model takes while it is at work; None where the extra is not installed."""
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", LEARNING]
    done = subprocess.run(command, env=surroundings, cwd=ROOT, capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None
