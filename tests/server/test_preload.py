"""Preloading before the fork: warm-up requests read pages, and count nobody."""

import subprocess
import sys
from pathlib import Path

from flask import Flask

from forum.archive.setup import prepare_database
from forum.infra.database.db import session, transaction
from forum.models import Thread
from forum.presence.queries import viewers
from forum.presence.views import flush_views
from forum.server.preload import preload
from tests.archive.forums import empty_forum
from tests.factories import a_board, a_member, a_post, a_thread


def test_warm_up_counts_no_viewer_no_view_and_no_request(app: Flask) -> None:
    with app.app_context(), transaction():
        thread = a_thread(by=a_member("anna"), board=a_board("Talk"), title="Where the moon is")
        a_post(thread=thread, by=a_member("ben"))
        number = thread.id
    preload(app)
    with app.app_context():
        flush_views()
        assert session.get_one(Thread, number).view_count == 0
        for place in (f"thread:{number}", "board:1", "forum"):
            there = viewers(place, None)
            assert (there.total, there.robots) == (0, 0)


def test_warm_up_works_on_an_empty_forum(app: Flask) -> None:
    preload(app)


def test_a_server_with_a_ready_database_imports_nothing_it_does_not_use(tmp_path: Path) -> None:
    """Alembic, PostgreSQL's dialect, psycopg and Redis take 20 MB per process."""
    program = """
import sys
from forum.app import create_app
from forum.archive.setup import prepare_database
from forum.server.preload import preload
app = create_app()
with app.app_context():
    prepare_database()
preload(app)
import forum.jobs.scheduler
names = ("alembic", "sqlalchemy.dialects.postgresql", "psycopg", "redis", "onnxruntime")
print([name for name in names if sys.modules.get(name)])
"""
    with empty_forum(tmp_path / "data"):
        prepare_database()
    environment = {"FORUM_DATA": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, env=environment, check=True, timeout=60, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"
