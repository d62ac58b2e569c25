"""If the presence store fails, readers see themselves and no error."""

import logging
import time
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import text

from forum.infra.database.db import ephemeral_transaction
from forum.infra.ephemeral import rate_limits
from forum.presence.actions import arrive, forget_guest, leave, purge, record_visit
from forum.presence.views import count_view, flush_views
from forum.presence.views import purge as purge_views
from tests.presence.backends import bare_app_for, settings_for
from tests.presence.visitors import a_caller, a_guest
from tests.servers import free_port, redis_server


def everything_goes_on() -> None:
    guest = a_guest()
    arrive("thread:1", guest)
    seen = record_visit("thread:1", guest, board=3)
    assert (seen.total, seen.guests) == (1, 1)
    assert record_visit("thread:1", a_caller(f"anna {time.monotonic()}")).members == 1
    leave("thread:1", guest, tab="x")
    forget_guest(guest)
    count_view(1, guest)
    flush_views()
    purge()
    purge_views()


def test_without_redis_only_the_reader_is_counted_and_nobody_waits_long(tmp_path: Path) -> None:
    settings = settings_for("sqlite", tmp_path)
    nobody = type(settings)(**(vars(settings) | {"redis_url": f"redis://127.0.0.1:{free_port()}/0"}))
    with bare_app_for(nobody):
        began = time.monotonic()
        everything_goes_on()
        assert time.monotonic() - began < 3


def test_without_tables_only_the_reader_is_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with bare_app_for(settings_for("sqlite", tmp_path)), caplog.at_level(logging.WARNING):
        with ephemeral_transaction() as connection:
            for table in ("presence", "view", "view_batch", "day_key"):
                connection.execute(text(f"DROP TABLE volatile_{table}"))
                connection.execute(text(f"CREATE VIEW volatile_{table} AS SELECT 1 AS number"))  # not made again
        everything_goes_on()
    assert "presence is not recorded" in caplog.text


@pytest.mark.redis
def test_redis_is_used_again_when_it_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forum.infra.ephemeral.ephemeral_store.REDIS_RETRY_SECONDS", 0.1)
    settings = settings_for("sqlite", tmp_path)
    with redis_server() as url, bare_app_for(type(settings)(**(vars(settings) | {"redis_url": url}))):
        guest, other = a_guest(), a_guest()
        record_visit("thread:1", other)
        assert record_visit("thread:1", guest).guests == 2
        with Redis.from_url(url) as client:
            client.execute_command("CLIENT", "PAUSE", "1500", "ALL")
        assert record_visit("thread:1", guest).guests == 1
        assert rate_limits.hit("key", limit=1, seconds=60) == 0
        assert rate_limits.hit("key", limit=1, seconds=60) > 0
        time.sleep(1.6)
        assert record_visit("thread:1", guest).guests == 2
