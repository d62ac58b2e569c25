"""The forum that is measured: made once for each size, and served beside the two ceilings."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from forum.app import create_app
from forum.archive.ready import make_ready
from forum.archive.sample import Size, fill
from forum.base.db import db, session, transaction
from forum.base.settings import from_environment
from forum.members import sessions
from forum.models import Board, Member, Thread
from forum.threads import actions

SIZES = {
    "small": Size(threads=500, posts=10_000, members=300),
    "medium": Size(threads=50_000, posts=1_000_000, members=20_000),
    "large": Size(threads=400_000, posts=10_000_000, members=100_000),
}
TITLE = "Twenty posts of a hundred and twenty words"
WORDS = "The quick brown fox jumps over the **lazy** dog and runs down to the river where it drinks for a while. " * 6
PATIENCE = 120.0
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True)
class Place:
    """The forum's addresses that are asked for, and a member's cookie."""

    thread: str
    thread_id: int
    board: str
    giant: str
    cookie: str


def open_forum(folder: Path, size: str, database_url: str) -> Flask:
    """The forum of a size, filled if it is new."""
    data = folder / size
    settings = {"FORUM_DATA": str(data), "FORUM_LIMITS": "off", "FORUM_SEED": "defaults"}
    app = create_app(from_environment(settings | ({"FORUM_DATABASE_URL": database_url} if database_url else {})))
    with app.app_context():
        make_ready()
        if session.query(Thread).count() == 0:
            print(f"Filling a forum ({size}) ...", file=sys.stderr)
            fill(SIZES[size], seed=1, with_similar=size == "small")
            with transaction():
                _write_thread()
        session.remove()
    return app


def _write_thread() -> None:
    board = session.query(Board).filter_by(is_category=False, posters="member", audience="guest").first()
    members = session.query(Member).order_by(Member.id).limit(20).all()
    assert board is not None
    thread = actions.start_thread(members[0], board, title=TITLE, body=WORDS)
    for member in members[1:]:
        actions.reply(member, thread, body=f"{member.username}. {WORDS}")


def addresses(app: Flask) -> Place:
    """What is asked for; a new login each time."""
    with app.app_context():
        with transaction():
            reader = session.query(Member).order_by(Member.id).offset(30).first()
            assert reader is not None
            token = sessions.start(reader, persistent=True)
        thread = session.query(Thread).filter_by(title=TITLE).one()
        giant = session.query(Thread).order_by(Thread.last_position.desc()).first()
        board = session.get_one(Board, thread.board_id)
        assert giant is not None
        last = -(-giant.last_position // 20)
        place = Place(thread.path, thread.id, board.path, f"{giant.path}?page={last}", f"forum_session={token}")
        session.remove()
        db.engine.dispose()
    return place


@contextmanager
def served(command: list[str], port: int, path: str, **environment: str) -> Iterator[int]:
    """A server until the block ends; yields its process."""
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(f"http://127.0.0.1:{port}{path}"):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"The server does not answer: {' '.join(command)}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
