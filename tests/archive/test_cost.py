"""The cost of an archive line does not grow with the number of lines before it."""

from pathlib import Path

import pytest
from flask import Flask

from forum.archive.export import export
from forum.archive.load import load
from tests.archive.forums import empty_forum, fill_forum
from tests.query_plans import full_scans, sqlite_plans

pytestmark = pytest.mark.slow


@pytest.mark.sqlite
def test_no_post_is_looked_up_by_a_full_scan(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        fill_forum()
        export(tmp_path / "archive")
    with empty_forum(tmp_path / "other"):
        steps = sqlite_plans(lambda: load(tmp_path / "archive"))
    by_lists = {statement: its for statement, its in steps.items() if "VALUES (" in statement and "SELECT" in statement}
    assert by_lists
    assert full_scans(by_lists) == []
