"""Loads and warms up what all processes share before the server forks, so that it is in memory once."""

import ctypes
import gc
import re
from collections.abc import Iterator
from contextlib import suppress

from flask import Flask
from sqlalchemy.orm import configure_mappers

from forum.infra.database.db import db, session
from forum.infra.robots import is_robot
from forum.infra.settings import Settings
from forum.presence.actions import forget_guest
from forum.presence.visitor_key import VisitorKey

COMMON_TEMPLATES = ("_", "base.", "board/board", "board/_", "index.", "thread/thread", "thread/_")  # name prefixes
M_ARENA_MAX = -8  # from glibc's malloc.h
WARM_UP_VISITOR = VisitorKey("0.0.0.0", "")  # noqa: S104 - no address, and no user agent: a robot, whose views do not count
_THREAD = re.compile(r'href="(/threads/(\d+)-([^"/-]*-?[^"/-]*)[^"/]*)')
_BOARD = re.compile(r'href="(/boards/[^"/]+)"')


def keep_memory_together() -> None:
    """Use a single malloc arena: with the GIL, more arenas only fragment memory."""
    with suppress(AttributeError, OSError):  # a C library without mallopt
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def preload(app: Flask) -> None:
    """Load what every process needs, and close what processes must not share; call it last before the fork."""
    settings: Settings = app.extensions["forum.settings"]
    for name in app.jinja_env.list_templates(filter_func=lambda name: name.startswith(COMMON_TEMPLATES)):
        app.jinja_env.get_template(name)
    configure_mappers()
    is_robot("-")  # compiles the list of robots
    import prometheus_client  # noqa: F401, PLC0415 - only now: on import it reads PROMETHEUS_MULTIPROC_DIR

    _warm_up(app, settings)
    with app.app_context():
        forget_guest(WARM_UP_VISITOR)
        session.remove()
        db.engine.dispose()
    app.extensions["forum.ephemeral"].dispose()
    gc.collect()
    gc.freeze()  # collections would write to shared memory pages


def _warm_up(app: Flask, settings: Settings) -> None:
    """Render the most read pages: the objects this leaves in memory are a tenth of a process.

    It bypasses the guest cache, whose SQLite connections must not be inherited by a fork.
    """
    home = settings.base_url or "http://localhost"
    for _ in range(2):
        for path in _common_paths(app, home):
            _render(app, path, home)


def _common_paths(app: Flask, home: str) -> Iterator[str]:
    index = _render(app, "/", home)
    if (thread := _THREAD.search(index)) is not None:
        yield from (thread[1], f"/api/v1/threads/{thread[2]}", f"/search?q={thread[3].replace('-', '+')}", "/feed.atom")
    if (board := _BOARD.search(index)) is not None:
        yield board[1]


def _render(app: Flask, path: str, home: str) -> str:
    options = {"base_url": home, "environ_overrides": {"REMOTE_ADDR": WARM_UP_VISITOR.address}}
    with app.test_request_context(path, **options):
        return app.full_dispatch_request().get_data(as_text=True)
