"""A cleaning that two processes carry out while others write, on PostgreSQL, where they really run concurrently."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from forum.app import create_app
from forum.archive.check import check
from forum.infra.database.db import session, transaction
from forum.infra.errors import ForumError
from forum.models import LogEntry, Member, Post, SpamCleaning
from forum.moderation.cleaning import actions, running
from forum.moderation.cleaning.plan import Plan
from forum.threads import actions as threads
from forum.threads.queries import find_post, find_thread
from tests.conftest import close, settings_in
from tests.factories import a_board, a_member, a_newcomer, a_post, a_thread
from tests.migrated import migrated_postgres
from tests.site_rows import insert_site_rows

pytestmark = pytest.mark.postgres
THREADS = 12


@pytest.fixture
def forum(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings_in(tmp_path / "data", FORUM_DATABASE_URL=migrated_postgres("races")))
    with app.app_context(), transaction():
        insert_site_rows()
        anna, spammer = a_member("anna"), a_newcomer("spammer")
        for name in ("mona", "max"):
            a_member(name, role="moderator")
        boards = [a_board(), a_board()]
        for number in range(THREADS):
            thread = a_thread(by=spammer if number % 3 == 0 else anna, board=boards[number % 2])
            a_post(thread=thread, by=spammer)
    yield app
    close(app)


def named(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


def attempts(act: Callable[[int], object]) -> None:
    for number in range(1, THREADS + 1):
        with suppress(ForumError):
            until_no_deadlock(partial(in_transaction, act, number))


def in_transaction(act: Callable[[int], object], number: int) -> None:
    with transaction():
        act(number)


def until_no_deadlock(act: Callable[[], object]) -> None:
    """Do something again if PostgreSQL ended a deadlock by refusing it, as requests and jobs do."""
    for _ in range(10):
        with suppress(OperationalError):
            act()
            return
        session.rollback()


def at_once(app: Flask, *works: Callable[[], object]) -> None:
    """Do several things at the same moment; an error of any is raised."""
    barrier = Barrier(len(works))

    def work(each: Callable[[], object]) -> None:
        with app.app_context():
            barrier.wait()
            each()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work, each) for each in works]:
            done.result(timeout=60)


def test_nothing_is_doubled_and_no_counter_is_wrong(forum: Flask) -> None:
    with forum.app_context(), transaction():
        entry_id = actions.start(named("mona"), named("spammer"), Plan(), name="spammer").entry_id

    def go_on() -> None:
        until_no_deadlock(lambda: running.run(entry_id, seconds=30))

    def reply() -> None:
        attempts(lambda number: threads.reply(named("anna"), find_thread(named("anna"), number), body=f"Late {number}"))

    def delete() -> None:
        last = THREADS * 2
        attempts(lambda number: threads.delete_post(named("max"), find_post(named("max"), last + 1 - number)))

    at_once(forum, go_on, go_on, reply, delete)
    with forum.app_context():
        done = select(LogEntry.target).where(LogEntry.batch_id == entry_id, LogEntry.action == "delete-post")
        targets = session.scalars(done).all()
        assert len(targets) == len(set(targets))
        spam = select(Post.id).where(Post.author_id == named("spammer").id, Post.is_public, Post.position > 1)
        assert not session.scalars(spam.where(Post.thread.has(visibility=0))).all()
        assert [*map(str, check())] == []
    with forum.app_context(), transaction():
        actions.undo(named("mona"), entry_id)
    at_once(forum, go_on, go_on, reply)
    with forum.app_context():
        assert session.get_one(SpamCleaning, entry_id).undone_at is not None
        assert [*map(str, check())] == []
