"""Presence across several processes."""

import time
from pathlib import Path

import pytest

from forum.infra.settings import Settings
from forum.models import Member
from forum.presence.actions import arrive, leave
from forum.presence.memory import TokenBucket
from forum.presence.queries import viewers
from forum.presence.state import state
from forum.presence.views import count_view, flush_views
from forum.presence.visitor_key import VisitorKey
from tests.presence.backends import BACKENDS, DATABASES, bare_app_for, run_in_processes, settings_for, start_processes
from tests.presence.test_views import make_thread, shown
from tests.presence.visitors import FIREFOX


def arrive_at_once(settings: Settings, number: int) -> None:
    with bare_app_for(settings):
        for guest in range(20):
            arrive("thread:1", VisitorKey(f"192.0.2.{guest}", FIREFOX), tab=f"tab{number}")
        arrive("thread:1", VisitorKey("192.0.2.99", FIREFOX, Member(id=5, username="anna")), tab=f"tab{number}")
        if number % 2:
            leave("thread:1", VisitorKey("192.0.2.0", FIREFOX), tab=f"tab{number}")


def read_viewers(settings: Settings, number: int) -> None:
    with bare_app_for(settings):
        for guest in range(25):
            count_view(1, VisitorKey(f"192.0.2.{guest}", FIREFOX))
            if guest % 5 == number:
                flush_views()
        flush_views()


@pytest.fixture(params=BACKENDS)
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return settings_for(request.param, tmp_path)


def test_processes_see_each_others_viewers(shared: Settings) -> None:
    with bare_app_for(shared):
        run_in_processes(arrive_at_once, shared)
        seen = viewers("thread:1", None)
        assert (seen.members, seen.guests) == (1, 20)


def look_until_killed(settings: Settings, number: int) -> None:
    with bare_app_for(settings), (settings.data / f"counted-{number}").open("a") as counted:
        for guest in range(1_000_000):
            state.here().new_views = TokenBucket(1e6, 10**6)
            count_view(1, VisitorKey(f"10.{number}.{guest >> 8}.{guest & 255}", FIREFOX))
            counted.write("x")
            counted.flush()
            if guest % 3 == 0:
                flush_views()


@pytest.mark.parametrize("backend", DATABASES)
def test_killed_processes_lose_no_view_and_count_none_twice(backend: str, tmp_path: Path) -> None:
    settings = settings_for(backend, tmp_path)
    with bare_app_for(settings):
        make_thread()
        killed = 0
        for number in range(4):
            workers = start_processes(look_until_killed, settings, [2 * number, 2 * number + 1])
            while not all((settings.data / f"counted-{2 * number + each}").exists() for each in (0, 1)):
                time.sleep(0.01)
            time.sleep(0.6 + number / 17)
            for worker in workers:
                worker.kill()
                worker.join(30)
                killed += 1
        flush_views()
        counted = sum(file.stat().st_size for file in settings.data.glob("counted-*"))
        assert counted > 10
        assert counted <= shown(1) <= counted + killed


def test_processes_that_flush_at_once_count_each_view_once(shared: Settings) -> None:
    with bare_app_for(shared):
        thread_id = make_thread()
        assert thread_id == 1
        run_in_processes(read_viewers, shared)
        flush_views()
        assert shown(thread_id) == 25
