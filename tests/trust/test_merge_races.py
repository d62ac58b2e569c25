"""Moderators who merge threads the other way at the same moment, and members who write in them, on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from forum.archive.check import check, position_gaps
from forum.infra.database.db import session, transaction
from forum.infra.errors import NotFound
from forum.models import Member, Post, Thread
from forum.moderation.regrouping.merging import merge_threads
from forum.reactions.actions import react
from forum.threads.actions import reply
from forum.threads.queries import find_post, find_thread
from tests.factories import a_post, a_thread
from tests.trust.test_races import forum

__all__ = ["forum"]
pytestmark = pytest.mark.postgres
ROUNDS = 6


def named(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


def merge(source: int, into: int) -> Callable[[], object]:
    return lambda: merge_threads(named("mona"), [find_thread(named("mona"), source)], find_thread(named("mona"), into))


def test_merging_crosswise_and_writing_meanwhile_end_well(forum: Flask) -> None:
    for number in range(ROUNDS):
        with forum.app_context(), transaction():
            one, two = a_thread(), a_thread()
            post_id, (first, second) = a_post(thread=one).id, (one.id, two.id)

        def write(first: int = first, number: int = number) -> None:
            reply(named("anna"), find_thread(named("anna"), first), body=f"Meanwhile {number}")

        def like(post_id: int = post_id) -> None:
            react(named("anna"), find_post(named("anna"), post_id), kind="like")

        acts = [merge(first, second), merge(second, first), write, like]
        with ThreadPoolExecutor(len(acts)) as pool:
            together = Barrier(len(acts))
            ends = list(pool.map(lambda act, start=together: run(forum, act, start), acts))
        assert sum(end == "done" for end in ends[:2]) == 1, ends
        assert set(ends) <= {"done", "gone"}, ends
        with forum.app_context():
            assert session.query(Thread).filter(Thread.id.in_([first, second])).count() == 1
            assert session.query(Post).filter(Post.thread_id.in_([first, second])).count() in {3, 4}
            assert [*map(str, check()), *position_gaps()] == []


def run(app: Flask, act: Callable[[], object], together: Barrier) -> str:
    """How an act ends that begins together with others."""
    with app.app_context():
        session.connection()
        together.wait()
        try:
            with transaction():
                act()
        except NotFound:
            return "gone"
        return "done"
