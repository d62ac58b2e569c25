"""kill -9 while the demonstration is emptied and a member posts: nothing is lost, and a second run ends it."""

import multiprocessing
import os
import signal
import time
from multiprocessing.synchronize import Event

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from forum.admin.demonstration import contents, emptying
from forum.admin.rules import OPERATOR
from forum.app import create_app
from forum.archive.check import check, position_gaps
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.settings import Settings
from forum.models import Member, Post, SiteSetting, Thread
from forum.search.index.index_check import index_problems
from forum.site.queries import snapshot
from forum.threads import actions
from forum.threads.queries import find_thread
from tests.factories import a_board, a_member, a_post, a_thread

THREADS, KILLED_AFTER = 40, 10


def empty(settings: Settings) -> None:
    with create_app(settings).app_context():
        while emptying.progress() is not None:
            emptying.run_pending()


def post(settings: Settings, thread_id: int, stop: Event, posted: "multiprocessing.Queue[int]") -> None:
    """Reply in a real thread until told to stop, and say how many replies were acknowledged."""
    number = 0
    with create_app(settings).app_context():
        while not stop.is_set():
            try:
                with transaction():
                    anna = session.scalars(select(Member).where(Member.username == "anna")).one()
                    actions.reply(anna, find_thread(anna, thread_id), body="Meanwhile.")
                number += 1
            except OperationalError:  # lock timeout: a member would see a 503 and send again
                continue
            stop.wait(0.02)  # a member types
    posted.put(number)


@pytest.fixture
def real_thread(app: Flask) -> int:
    """A thread by anna in a board of the demonstration, which is being emptied; returns its id."""
    with app.app_context(), transaction():
        dora, anna, stage = a_member("dora", password_hash=None, email=None), a_member("anna"), a_board("Stage")
        for _ in range(THREADS):
            a_post(thread=a_thread(by=dora, board=stage), by=anna)
        named = {"name": "", "members": ["dora"], "boards": ["Stage"]}
        session.add(SiteSetting(name=contents.SETTING, value=named))
        thread_id = a_thread(by=anna, board=stage).id
        session.flush()
        emptying.start(OPERATOR, seen_at=clock.now(), keeps_boards=False, keeps_answered=False)
    return thread_id


def left() -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Thread)) or 0


def test_a_killed_run_is_ended_by_another_while_a_member_posts(
    app: Flask, settings: Settings, real_thread: int
) -> None:
    prepared = multiprocessing.get_context("forkserver")
    prepared.set_forkserver_preload([__name__])  # the code is loaded once for all three
    stop, posted = prepared.Event(), prepared.Queue()
    writer = prepared.Process(target=post, args=(settings, real_thread, stop, posted))
    first, second = (prepared.Process(target=empty, args=(settings,)) for _ in range(2))
    writer.start()
    first.start()
    with app.app_context():
        end = time.monotonic() + 60
        while left() > THREADS - KILLED_AFTER and time.monotonic() < end:
            time.sleep(0.01)
        os.kill(first.pid or 0, signal.SIGKILL)
        first.join()
        assert 1 < left() <= THREADS - KILLED_AFTER, "it was killed in the middle"
        session.rollback()  # PostgreSQL ends a transaction that waits for long
        second.start()
        second.join(60)
        assert second.exitcode == 0
        stop.set()
        acknowledged = posted.get(timeout=60)
        writer.join(60)
        session.rollback()  # what was read before
        assert [*map(str, check()), *position_gaps(), *index_problems(snapshot().language)] == []
        assert (session.scalars(select(Thread.id)).all(), emptying.progress()) == ([real_thread], None)
        assert session.scalar(select(func.count()).select_from(Post)) == acknowledged + 1 > 1
