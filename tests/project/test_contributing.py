"""The feature that docs/contributing.md builds works: its blocks are applied to a copy of the tree, which is tested."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from forum.infra.database import migrate
from tests.parts import ROOT

TUTORIAL = ROOT / "docs" / "contributing.md"
STEP = re.compile(r"^`([\w./]+/[\w./]+)`|^```(diff|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_COPIED = shutil.ignore_patterns(".*", "forum-data", "benchmarks", "*.egg-info")
TESTS = ("tests/threads/test_prefix.py", "tests/test_architecture.py::test_models_match_the_migrations_on_sqlite")


def blocks() -> Iterator[tuple[str, str, str]]:
    """The tutorial's blocks: the file that each concerns, `diff` or `python`, and its text."""
    feature = TUTORIAL.read_text(encoding="utf-8").partition("## A feature from beginning to end")[2]
    newest = migrate.newest_revision()
    feature = feature.replace("NEWEST", newest).replace("NEXT", f"{int(newest) + 1:04}")
    path = ""
    for step in STEP.finditer(feature):
        path = step[1] or path
        if step[2]:
            yield path, step[2], step[3]


def changed(source: str, diff: str) -> str:
    """A file's text with the lines of a diff replaced; they must occur in it exactly once."""
    lines = diff.splitlines()
    before, after = ("".join(f"{line[1:]}\n" for line in lines if line[:1] != sign) for sign in "+-")
    assert source.count(before) == 1, f"found {source.count(before)} times:\n{before}"
    return source.replace(before, after)


def test_the_feature_of_the_tutorial_can_be_added_as_it_says(tmp_path: Path) -> None:
    copy = tmp_path / "forum"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    for path, kind, text in blocks():
        file = copy / path
        file.write_text(changed(file.read_text("utf-8"), text) if kind == "diff" else text, encoding="utf-8")

    for command in (["ruff", "check", "--no-cache"], ["ruff", "format", "--check", "--no-cache"]):
        _run(copy, *command, "forum", "migrations", TESTS[0])
    _run(copy, "pytest", "-q", "-p", "no:cacheprovider", *TESTS)


def test_what_can_start_a_process_is_left_out_of_make_check(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("process")


def _run(folder: Path, *command: str) -> None:
    words, fewer = [sys.executable, "-m", *command], {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # loading takes a second
    done = subprocess.run(words, cwd=folder, env=os.environ | fewer, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
