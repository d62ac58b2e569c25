"""The forum in a second process."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from forum.app import create_app
from forum.infra.settings import Settings
from tests.conftest import close


@pytest.fixture
def elsewhere(settings: Settings, app: Flask) -> Iterator[Flask]:
    """The forum in another process: an app of its own, with its own snapshot."""
    other = create_app(replace(settings))  # caches belong to a settings object
    yield other
    close(other)
