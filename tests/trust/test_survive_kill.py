"""kill -9 while four processes are posting loses no acknowledged post."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

from flask import Flask
from sqlalchemy.exc import OperationalError

from forum.app import create_app
from forum.archive.check import check, position_gaps
from forum.infra.database.db import session, transaction
from forum.infra.settings import Settings
from forum.models import Member, Post
from forum.threads import actions
from forum.threads.queries import find_thread
from tests.factories import a_member, a_thread
from tests.parts import in_ci

WRITERS = 4
KILLED = 2
SECONDS = 2.0 if in_ci() else 0.5


def write_until_killed(settings: Settings, member_id: int, thread_id: int, acknowledged: Path) -> None:
    """Reply again and again, recording each post's text once its commit has returned."""
    app = create_app(settings)
    with app.app_context(), acknowledged.open("ab", buffering=0) as note:
        for number in range(1_000_000):
            words = f"storm of {member_id}, post {number}"
            try:
                with transaction():
                    author = session.get_one(Member, member_id)
                    actions.reply(author, find_thread(author, thread_id), body=words)
            except OperationalError:  # lock timeout: a member would see a 503 and send again
                continue
            note.write(f"{words}\n".encode())


def test_no_acknowledged_post_is_lost_and_every_counter_is_exact(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    with app.app_context(), transaction():
        members = [a_member().id for _ in range(WRITERS)]
        thread_id = a_thread().id
    notes = [tmp_path / f"acknowledged-{number}" for number in range(WRITERS)]
    prepared = multiprocessing.get_context("forkserver")
    prepared.set_forkserver_preload([__name__])  # the code is loaded once for all
    writers = [
        prepared.Process(target=write_until_killed, args=(settings, m, thread_id, n))
        for m, n in zip(members, notes, strict=True)
    ]
    for writer in writers:
        writer.start()
    _wait_until(lambda: all(note.exists() and note.stat().st_size for note in notes))
    time.sleep(SECONDS)
    for writer in writers[:KILLED]:
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
    time.sleep(0.5)
    for writer in writers[KILLED:]:
        writer.terminate()
    for writer in writers:
        writer.join(20)
    promised = {line for note in notes for line in note.read_text().splitlines()}
    with app.app_context():
        stored = set(session.scalars(session.query(Post.source).filter_by(thread_id=thread_id).statement))
        assert promised - stored == set()
        assert [*map(str, check()), *position_gaps()] == []
    assert len(promised) > WRITERS


def _wait_until(condition) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "the writers do not begin"
        time.sleep(0.05)
