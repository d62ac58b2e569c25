"""Limits are exact across processes, and hold when Redis fails."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from forum.infra.ephemeral.rate_limits import batched_limit, hit, reset_limit
from forum.infra.settings import Settings
from tests.presence.backends import BACKENDS, bare_app_for, run_in_processes, settings_for
from tests.servers import free_port, redis_server

LIMIT = 20


@pytest.fixture(params=BACKENDS)
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return settings_for(request.param, tmp_path)


def spend_all(settings: Settings, number: int) -> None:
    with bare_app_for(settings):
        granted = sum(hit("key", limit=LIMIT, seconds=3600) == 0 for _ in range(LIMIT))
        passed = sum(batched_limit("address", limit=100, seconds=3600) == 0 for _ in range(100))
    (settings.data / f"granted-{number}").write_text(f"{granted} {passed}")


def test_several_processes_share_one_limit(shared: Settings) -> None:
    with bare_app_for(shared):
        run_in_processes(spend_all, shared)
    counts = [file.read_text().split() for file in shared.data.glob("granted-*")]
    assert sum(int(granted) for granted, _ in counts) == LIMIT
    assert 100 <= sum(int(passed) for _, passed in counts) <= 100 + 9 * 2


def test_threads_of_a_process_share_its_batch(tmp_path: Path) -> None:
    with bare_app_for(settings_for("sqlite", tmp_path)) as app:

        def pass_often(_: int) -> int:
            with app.app_context():
                return sum(batched_limit("address", limit=200, seconds=3600) == 0 for _ in range(60))

        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(pass_often, range(8))) == 200


def test_without_redis_the_database_holds_the_limit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = replace(settings_for("sqlite", tmp_path), redis_url=f"redis://127.0.0.1:{free_port()}/0")
    with bare_app_for(settings), caplog.at_level(logging.WARNING):
        assert [hit("key", limit=2, seconds=60) > 0 for _ in range(3)] == [False, False, True]
        reset_limit("key")
        assert hit("key", limit=2, seconds=60) == 0
    assert "Redis does not respond" in caplog.text


@pytest.mark.redis
def test_redis_failing_midway_keeps_limits_in_force(tmp_path: Path) -> None:
    settings = settings_for("sqlite", tmp_path)
    with redis_server() as url, bare_app_for(replace(settings, redis_url=url)):
        assert [hit("key", limit=2, seconds=60) > 0 for _ in range(3)] == [False, False, True]
        with Redis.from_url(url) as client:
            client.shutdown(nosave=True)
        assert [hit("key", limit=2, seconds=60) > 0 for _ in range(3)] == [False, False, True]
