"""The cost of an archive line does not grow with the number of lines before it."""

from pathlib import Path

import pytest
from flask import Flask

from forum.archive.export import export
from forum.archive.load import load
from tests.archive.places import empty_forum, furnish
from tests.plans import steps_of, whole_tables


@pytest.mark.sqlite
def test_no_post_is_looked_up_by_a_full_scan(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        furnish()
        export(tmp_path / "archive")
    with empty_forum(tmp_path / "other"):
        steps = steps_of(lambda: load(tmp_path / "archive"))
    by_lists = {statement: its for statement, its in steps.items() if "VALUES (" in statement and "SELECT" in statement}
    assert by_lists
    assert whole_tables(by_lists) == []
