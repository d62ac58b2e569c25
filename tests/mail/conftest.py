"""A mail server on loopback, and a forum that sends by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from forum.infra.settings import Settings
from tests.conftest import settings_on
from tests.mail.sink import HOME, Sink
from tests.servers import free_port


@pytest.fixture
def sink() -> Iterator[Sink]:
    handler, port = Sink(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    handler.url = f"smtp://127.0.0.1:{port}"
    yield handler
    controller.stop()


@pytest.fixture
def settings(tmp_path: Path, sink: Sink) -> Settings:
    return settings_on(tmp_path / "data", FORUM_MAIL_URL=sink.url, FORUM_BASE_URL=HOME)
