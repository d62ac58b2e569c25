"""A mail server on loopback, and a forum that sends by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forum.infra.settings import Settings
from tests.conftest import settings_on
from tests.mail.sink import HOME, Sink
from tests.servers import smtp_server_of


@pytest.fixture
def sink() -> Iterator[Sink]:
    handler = Sink()
    with smtp_server_of(handler) as handler.url:
        yield handler


@pytest.fixture
def settings(tmp_path: Path, sink: Sink) -> Settings:
    return settings_on(tmp_path / "data", FORUM_MAIL_URL=sink.url, FORUM_BASE_URL=HOME)
