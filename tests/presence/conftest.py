"""An app that has only its databases, for each presence backend."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.presence.backends import BACKENDS, bare_app_for, settings_for


@pytest.fixture(params=BACKENDS)
def bare_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The current app, with its context entered."""
    with bare_app_for(settings_for(request.param, tmp_path)) as app:
        yield app


@pytest.fixture
def sqlite_app(tmp_path: Path) -> Iterator[Flask]:
    """The same on SQLite alone, for tests that do not depend on the store."""
    with bare_app_for(settings_for("sqlite", tmp_path)) as app:
        yield app
