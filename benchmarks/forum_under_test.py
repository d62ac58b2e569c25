"""The forum that is measured: filled once per size, copied for each run, with the URLs that are requested."""

import os
import random
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from benchmarks.filling import ANSWERED, GIANT, MEASURED, POSTS, SIZES, benchmark_members, fill_with, is_filled
from forum.app import create_app
from forum.infra.database import migrate
from forum.infra.database.db import db, session, transaction
from forum.infra.paging import SIZE
from forum.infra.settings import from_environment
from forum.members.credentials import sessions
from forum.models import Board, Thread

COPIED_BYTES = 2**28  # up to this size a run uses a copy; in a larger forum a few thousand more replies do not matter
READER = POSTS + 1  # index of the reading benchmark member; those after it reply
WRITERS = 8
LONG_WORD = 5
MAX_QUERIES = 300  # titles to type and search for
OURS = (GIANT, MEASURED, ANSWERED)


@dataclass(frozen=True)
class Targets:
    """Paths to request, titles and search words, and cookies of logged-in members."""

    board: str
    thread: str
    thread_id: int
    giant: str
    giant_pages: int
    answered: str
    answered_id: int
    talked_id: int
    sought: tuple[str, ...]
    titles: tuple[str, ...]
    reader: str
    writers: tuple[str, ...]


@dataclass(frozen=True)
class Forum:
    """A forum that is not served yet: its app in this process, the settings for a server, and its paths."""

    app: Flask
    environment: dict[str, str]
    place: Targets

    def close_databases(self) -> None:
        """Close its databases, so that only the server uses them."""
        _let_go(self.app)


def prepare(folder: Path, size: str, database_url: str) -> Forum:
    """Prepare a filled forum of the given size for a run."""
    kind = "postgresql" if database_url else "sqlite"
    kept, run = folder / f"{size}-{kind}", folder / f"{size}-{kind}-run"
    _fill(_environment(kept, database_url), size)
    shutil.rmtree(run, ignore_errors=True)
    if sum(file.stat().st_size for file in kept.rglob("*") if file.is_file()) > COPIED_BYTES:
        run = kept
    else:
        shutil.copytree(kept, run, ignore=shutil.ignore_patterns("volatile*", "serve.lock", "outbox"))
    environment = _environment(run, database_url)
    app = create_app(from_environment(environment))
    with app.app_context():
        place = _place()
        session.remove()
    return Forum(app, environment, place)


def _environment(data: Path, database_url: str) -> dict[str, str]:
    own = {"FORUM_DATA": str(data.resolve()), "FORUM_LIMITS": "off", "FORUM_SEED": "defaults"}
    return own | {"FORUM_DATABASE_URL": database_url, "FORUM_REDIS_URL": os.environ.get("FORUM_REDIS_URL", "")}


def _fill(environment: dict[str, str], size: str) -> None:
    data = Path(environment["FORUM_DATA"])
    if not environment["FORUM_DATABASE_URL"] and data.exists() and not _is_whole(data, size):
        shutil.rmtree(data)
    app = create_app(from_environment(environment))
    with app.app_context():
        if not is_filled():
            if session.scalar(select(Thread.id).limit(1)) is not None:
                raise SystemExit("The database already contains another forum: use an empty one.")
            sys.stderr.write(f"Filling a forum ({size}), only once ...\n")
            fill_with(SIZES[size])
        (data / "filled").touch()
    _let_go(app)


def _is_whole(data: Path, size: str) -> bool:
    """Whether filling was complete and done by the current version."""
    if not (data / "filled").exists():
        return False
    with closing(sqlite3.connect(data / "forum.sqlite3")) as database:
        if database.execute("SELECT version_num FROM alembic_version").fetchone() != (migrate.newest_revision(),):
            return False
        giant = database.execute("SELECT last_position FROM thread WHERE title = ?", (GIANT,)).fetchone()
    return bool(giant == (SIZES[size].giant,))


def _let_go(app: Flask) -> None:
    with app.app_context():
        session.remove()
        db.engine.dispose()
    app.extensions["forum.ephemeral"].dispose()


def _place() -> Targets:
    with transaction():
        tokens = [
            sessions.start(member, persistent=True) for member in benchmark_members()[READER : READER + 1 + WRITERS]
        ]
    reader, *writers = (f"forum_session={token}" for token in tokens)
    giant, measured, answered = (session.scalars(select(Thread).filter_by(title=t)).one() for t in OURS)
    talked = _talked()
    return Targets(
        board=session.get_one(Board, measured.board_id).path,
        thread=measured.path,
        thread_id=measured.id,
        giant=giant.path,
        giant_pages=giant.last_position // SIZE,
        answered=answered.path,
        answered_id=answered.id,
        talked_id=talked[0].id,
        sought=tuple(" ".join(_long_words(thread.title)[:2]) for thread in talked),
        titles=tuple(thread.title for thread in talked),
        reader=reader,
        writers=tuple(writers),
    )


def _talked() -> list[Thread]:
    """A fixed random selection of the sample's threads whose titles contain words to search for."""
    last = session.scalar(select(func.max(Thread.id))) or 0
    chosen = random.Random(4).sample(range(1, last + 1), min(2 * MAX_QUERIES, last))  # noqa: S311 - no secret
    found = session.scalars(select(Thread).where(Thread.id.in_(chosen), Thread.title.not_in(OURS)))
    threads = [thread for thread in found if len(_long_words(thread.title)) > 1]
    return sorted(threads, key=lambda thread: chosen.index(thread.id))[:MAX_QUERIES]


def _long_words(title: str) -> list[str]:
    return [word.lower() for word in title.split() if len(word) >= LONG_WORD]
