"""What is done before the processes of a server are forked, so that it lies in memory once."""

import ctypes
import gc
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import cast

from flask import Flask
from sqlalchemy.orm import configure_mappers

from forum.infra.db import db, session
from forum.infra.robots import is_robot
from forum.infra.settings import Settings
from forum.presence.actions import forget_guest
from forum.presence.visitor_key import VisitorKey

COMMON_TEMPLATES = ("_", "base.", "board/board", "board/_", "index.", "thread/thread", "thread/_")  # templates
M_ARENA_MAX = -8  # glibc's number for it, malloc.h
NOBODY = VisitorKey("0.0.0.0", "")  # noqa: S104 - no address, and no name: a robot, whose looks count for nothing
_THREAD = re.compile(r'href="(/threads/(\d+)-([^"/-]*-?[^"/-]*)[^"/]*)')
_BOARD = re.compile(r'href="(/boards/[^"/]+)"')


def keep_memory_together() -> None:
    """Let the threads of a process take memory from one place: beside one interpreter lock, more only scatter it."""
    with suppress(AttributeError, OSError):  # a C library without it
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def preload(app: Flask) -> None:
    """Load what every process would, and close what none may share; to be called last before the fork."""
    settings: Settings = app.extensions["forum.settings"]
    for name in app.jinja_env.list_templates(filter_func=lambda name: name.startswith(COMMON_TEMPLATES)):
        app.jinja_env.get_template(name)
    configure_mappers()
    is_robot("-")  # files the list of robots
    import prometheus_client  # noqa: F401, PLC0415 - only now: it asks at once where the processes write

    _leave_out(settings)
    _practise(app, settings)
    with app.app_context():
        forget_guest(NOBODY)
        session.remove()
        db.engine.dispose()
    app.extensions["forum.volatile"].dispose()
    gc.collect()
    gc.freeze()  # the collector would write to pages that are shared


def _practise(app: Flask, settings: Settings) -> None:
    """Make the pages that are read most once: what that leaves in memory is a tenth of a process.

    The front step is passed by: its own connections to SQLite must not live on in other processes.
    """
    home = settings.base_url or "http://localhost"
    for _ in range(2):
        for path in _read_most(app, home):
            _made(app, path, home)


def _read_most(app: Flask, home: str) -> Iterator[str]:
    index = _made(app, "/", home)
    if (thread := _THREAD.search(index)) is not None:
        yield from (thread[1], f"/api/v1/threads/{thread[2]}", f"/search?q={thread[3].replace('-', '+')}", "/feed.atom")
    if (board := _BOARD.search(index)) is not None:
        yield board[1]


def _made(app: Flask, path: str, home: str) -> str:
    around = {"base_url": home, "environ_overrides": {"REMOTE_ADDR": NOBODY.address}}
    with app.test_request_context(path, **around):
        return app.full_dispatch_request().get_data(as_text=True)


def _leave_out(settings: Settings) -> None:
    """Keep Huey from loading what the deployment has no use for, 11 MB: it takes whatever is installed."""
    unused = {"redis": not settings.redis_url, "psycopg": settings.is_sqlite}
    for name in (name for name, is_unused in unused.items() if is_unused and name not in sys.modules):
        cast("dict[str, None]", sys.modules)[name] = None  # Python then says that there is no such module
