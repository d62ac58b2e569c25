"""Divides what a clean checkout costs among the processes of a run: rewriting all assertions takes twenty seconds.

pytest rewrites each test file as it imports it, and keeps the result in `__pycache__`. All processes import the same
files in the same order, so that each would rewrite all of them. Here each begins elsewhere, and passes over what
another has already written.
"""

import sys
from itertools import chain
from pathlib import Path

import pytest
from _pytest.assertion import rewrite


def share_rewriting(config: pytest.Config) -> None:
    """Rewrite the assertions of the files to be collected that no process has rewritten yet."""
    worker = getattr(config, "workerinput", None)  # of pytest-xdist
    state = config.stash.get(rewrite.assertstate_key, None)
    if worker is None or state is None or sys.dont_write_bytecode:
        return
    files = sorted(set(chain.from_iterable(map(_test_files, config.args))))
    first = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for file in files[first:] + files[:first]:
        cached = rewrite.get_cache_dir(file) / f"{file.stem}{rewrite.PYC_TAIL}"
        if rewrite._read_pyc(file, cached) is None and rewrite.try_makedirs(cached.parent):
            digest, code = rewrite._rewrite_test(file, config)
            rewrite._write_pyc(state, code, digest, cached)


def _test_files(argument: str) -> list[Path]:
    folder = Path(argument)
    return list(folder.rglob("test_*.py")) if folder.is_dir() else []
