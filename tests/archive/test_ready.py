"""Nodes that start at the same time on an empty database: one creates the forum, the others wait for it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event

import pytest
from sqlalchemy import func, select, text

from forum.app import create_app
from forum.archive import setup
from forum.infra.database import migrate
from forum.infra.database.db import db, session
from forum.infra.settings import Settings
from forum.models import SiteSetting
from forum.site.queries import invalidate
from tests.conftest import close, settings_in
from tests.presence.backends import DATABASES, empty_postgres

NODES = 3


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a forum with an empty database."""
    if request.param == "sqlite":
        return settings_in(tmp_path / "data", FORUM_SEED="defaults")
    return settings_in(tmp_path / "data", FORUM_SEED="defaults", FORUM_DATABASE_URL=empty_postgres())


def test_of_nodes_that_start_at_once_one_fills_the_forum(settings: Settings) -> None:
    apps = [create_app(settings) for _ in range(NODES)]
    start = Barrier(NODES)

    def make(node: int) -> bool:
        with apps[node].app_context():
            start.wait(10)
            try:
                return setup.prepare_database()
            finally:
                session.remove()

    with ThreadPoolExecutor(NODES) as pool:
        made = list(pool.map(make, range(NODES)))
    assert sorted(made) == [False] * (NODES - 1) + [True]
    with apps[0].app_context():
        invalidate()
        assert session.scalar(select(func.count()).select_from(SiteSetting).where(SiteSetting.name == "version")) == 1
    for app in apps:
        close(app)


def test_a_worker_waits_until_the_tables_exist(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    app, stop = create_app(settings), Event()
    looks: list[float] = []

    def pause(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 2:
            migrate.upgrade(db.engine)

    with app.app_context(), caplog.at_level("INFO", "forum"):
        assert setup.wait_for_tables(stop, pause=pause)
        assert len(looks) == 2
        assert [record.message for record in caplog.records] == [setup.WAITING_MESSAGE]
        assert setup.wait_for_tables(stop, pause=pause)
    close(app)


def test_a_worker_that_is_told_to_stop_stops_waiting(settings: Settings) -> None:
    app, stop = create_app(settings), Event()
    stop.set()
    with app.app_context():
        assert not setup.wait_for_tables(stop)
    close(app)


@pytest.mark.parametrize("settings", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_postgresql_is_analyzed_after_it_was_filled(settings: Settings) -> None:
    """Otherwise it plans for empty tables until autovacuum runs a minute later."""
    app = create_app(replace(settings, seed="document"))
    with app.app_context():
        setup.prepare_database()
        counted = text("SELECT relname, reltuples FROM pg_class WHERE relname IN ('thread', 'post', 'word_index')")
        assert all(rows > 0 for _, rows in session.execute(counted))
        session.remove()
    close(app)
