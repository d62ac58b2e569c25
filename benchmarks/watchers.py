"""A reply to a thread that many watch, and telling them: `python -m benchmarks.watchers [--watchers 50000]`.

On SQLite in a temporary folder, or on FORUM_DATABASE_URL, an empty database. Prints, in milliseconds, what a reply
costs with and without watchers, how many members a second the job tells, and how long its transactions and another
writer wait.
"""

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from threading import Thread as Worker
from unittest.mock import patch

from flask import Flask
from sqlalchemy import func, insert, select, update

from forum.app import create_app
from forum.infra import clock
from forum.infra.database import migrate
from forum.infra.database.db import db, session, transaction
from forum.infra.settings import from_environment
from forum.models import Board, Member, Notification, PostTelling, Thread, ThreadWatch
from forum.notifications import watchers
from forum.threads import actions
from forum.threads.queries import find_thread

ROWS_AT_ONCE = 5000
REPLIES = 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, default=50_000)
    number = parser.parse_args().watchers
    with TemporaryDirectory() as folder, _forum(Path(folder)) as app:
        plain, watched = _fill(number)
        for name, thread_id in (("without watchers", plain), ("with", watched)):
            times = sorted(_timed_reply(thread_id, f"{name} {turn}") for turn in range(REPLIES))
            print(f"reply {name}: median {times[REPLIES // 2]:.2f} ms, longest {times[-1]:.2f} ms")
        with transaction():
            posts = list(session.scalars(select(PostTelling.post_id).order_by(PostTelling.post_id)))
            session.query(PostTelling).filter(PostTelling.post_id.in_(posts[1:-1])).delete()
        for name in ("first reply", "further reply"):
            _tell_one(app, name, number)
        unseen = session.scalar(select(func.count()).where(Notification.kind == "watched_thread"))
        print(f"{unseen} notifications")


@contextmanager
def _forum(folder: Path) -> Iterator[Flask]:
    url = {name: os.environ[name] for name in ("FORUM_DATABASE_URL",) if name in os.environ}
    settings = {"FORUM_DATA": str(folder), "FORUM_LIMITS": "off", **url}
    app = create_app(from_environment(settings))
    with app.app_context():
        migrate.upgrade(db.engine)
        yield app
        session.remove()


def _fill(number: int) -> tuple[int, int]:
    """Two threads, one of which many watch."""
    with transaction():
        board = Board(title="Watched")
        session.add(board)
        session.flush()
        now, writer = clock.now(), 1
        for first in range(1, number + 2, ROWS_AT_ONCE):
            ids = range(first, min(first + ROWS_AT_ONCE, number + 2))
            rows = [
                {"id": each, "username": f"m{each}", "username_key": f"m{each}", "password_hash": "x", "joined_at": now}
                for each in ids
            ]
            session.execute(insert(Member), rows)
        session.execute(update(Member).values(base_message_count=100, message_count=100))
        author = session.get_one(Member, writer)
        plain, watched = (
            actions.start_thread(author, board, title=f"A thread, {name}", body="Words.").id
            for name in ("plain", "full")
        )
        chosen = [
            {"member_id": each, "thread_id": watched, "level": "site", "changed_at": now}
            for each in range(2, number + 2)
        ]
        session.execute(insert(ThreadWatch), chosen)
    return plain, watched


def _timed_reply(thread_id: int, words: str) -> float:
    began = time.perf_counter()
    with transaction():
        author = session.get_one(Member, 1)
        actions.reply(author, find_thread(author, thread_id), body=f"A reply {words}.")
    return (time.perf_counter() - began) * 1000


def _tell_one(app: Flask, name: str, number: int) -> None:
    """Tell of the oldest post, while another thread writes all the time."""
    post_id, waits, stop = session.scalar(select(func.min(PostTelling.post_id))), list[float](), Event()
    held: list[float] = []
    tell = watchers._tell  # noqa: SLF001 - the transactions of the job

    def timed(*args: object, **more: object) -> bool:
        began = time.perf_counter()
        result = tell(*args, **more)  # type: ignore[arg-type]
        held.append((time.perf_counter() - began) * 1000)
        return result

    other = Worker(target=_write_often, args=(app, waits, stop))
    other.start()
    began, spent = time.perf_counter(), time.thread_time()
    with patch.object(watchers, "_tell", timed):
        while session.get(PostTelling, post_id) is not None:
            watchers._tell_some(post_id or 0)  # noqa: SLF001
            session.rollback()
    seconds, spent = time.perf_counter() - began, time.thread_time() - spent
    stop.set()
    other.join()
    held.sort()
    waits.sort()
    print(
        f"{name}: {number / seconds:.0f} members a second, {number / spent:.0f} of processor time; a transaction takes"
        f" {held[len(held) // 2]:.0f} ms, at most {held[-1]:.0f}; another writer {waits[len(waits) // 2]:.1f} ms,"
        f" at most {waits[-1]:.0f}"
    )


def _write_often(app: Flask, waits: list[float], stop: Event) -> None:
    with app.app_context():
        while not stop.wait(0.02):
            began = time.perf_counter()
            with transaction():
                session.execute(update(Thread).where(Thread.id == 1).values(view_count=Thread.view_count + 1))
            waits.append((time.perf_counter() - began) * 1000)
        session.remove()


if __name__ == "__main__":
    main()
