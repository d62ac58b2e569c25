"""A forum that sends mail, as digests need one."""

from pathlib import Path

import pytest

from forum.infra.settings import Settings
from tests.conftest import settings_on

BASE = "https://forum.example"


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings of this test's forum."""
    return settings_on(home, FORUM_MAIL_URL="smtp://127.0.0.1:9", FORUM_BASE_URL=BASE)
