"""Deleting or restoring a thread takes effect at once however long it is; counts and index are backfilled exactly."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from forum.archive.check import check, position_gaps
from forum.infra import clock
from forum.infra.database.db import db, session, start_writing
from forum.models import DeleteBackfill, Member, Post, Reaction, Thread
from forum.moderation import tools
from forum.reactions import actions as reactions
from forum.search.index.index_check import index_problems
from forum.search.index.tables import POSTS
from forum.threads import actions, delete_backfill
from forum.threads.queries import find_thread
from tests.factories import a_member, a_post, a_thread
from tests.scaling import vm_steps


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no time to backfill more than one post at once."""
    monkeypatch.setattr(delete_backfill, "SLICE_POSITIONS", 1)
    monkeypatch.setattr(delete_backfill, "MAX_TRANSACTION_SECONDS", 0.0)


@pytest.fixture
def moderator(app_in_context: Flask) -> Member:
    return a_member(role="moderator")


def a_long_thread(replies: int) -> Thread:
    """A thread whose replies alternate between two members who like each other's; counters and index are left alone."""
    anna, ben = a_member(), a_member()
    thread = a_thread(by=anna)
    rows = [
        {
            "thread_id": thread.id,
            "position": number + 2,
            "author_id": (anna, ben)[number % 2].id,
            "created_at": clock.now(),
            "source": "Words",
            "html": "<p>Words</p>",
            "markup_version": 1,
        }
        for number in range(replies)
    ]
    session.execute(insert(Post), rows)
    thread.last_position, thread.reply_count = replies + 1, replies
    session.flush()
    return thread


def indexed_replies() -> int:
    return session.scalar(select(func.count()).select_from(POSTS.table)) or 0


def settle_step_by_step() -> Iterator[int]:
    """What is left after each step of the job; all counters must be exact in between."""
    while (thread_id := session.scalar(select(DeleteBackfill.thread_id))) is not None:
        assert [*map(str, check()), *position_gaps(), *index_problems("en")] == []
        delete_backfill.continue_backfill(thread_id)
        yield indexed_replies()


@pytest.mark.sqlite
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("act", [tools.delete_thread, tools.undelete_thread])
def test_deleting_and_restoring_cost_the_same_however_long_the_thread_is(moderator: Member, act) -> None:  # type: ignore[no-untyped-def]
    def cost(replies: int) -> int:
        thread = a_long_thread(replies)
        if act is tools.undelete_thread:
            thread.mark_deleted(clock.now(), None)
        session.commit()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
        start_writing()
        found = find_thread(moderator, thread.id)
        return vm_steps(lambda: act(moderator, found), begin=session.flush)

    cost(20)  # SQLite counts the steps of statements that it prepares only now in another way
    few = cost(20)
    assert cost(2000) <= few * 1.3 + 3


@pytest.mark.usefixtures("hurried")
def test_every_counter_and_the_index_are_exact_during_the_backfill(moderator: Member) -> None:
    ben = a_member("ben")
    thread = a_thread()
    posts = [a_post(thread=thread, by=ben) for _ in range(4)]
    reactions.react(a_member(), posts[3], kind="like")
    tools.delete_thread(moderator, thread)
    assert session.get(DeleteBackfill, thread.id) is not None
    left = list(settle_step_by_step())
    assert all(before >= after for before, after in pairwise(left))
    assert left[-1] == 0
    session.refresh(ben)
    assert (ben.message_count, ben.positive_reactions) == (100, 0)
    tools.undelete_thread(moderator, thread)
    assert list(settle_step_by_step())[-1] == 4
    session.refresh(ben)
    assert (ben.message_count, ben.positive_reactions) == (104, 1)


@pytest.mark.usefixtures("hurried")
def test_undoing_a_deletion_during_the_backfill_reverses_it(moderator: Member) -> None:
    ben = a_member("ben")
    thread = a_thread()
    posts = [a_post(thread=thread, by=ben) for _ in range(5)]
    tools.delete_thread(moderator, thread)
    delete_backfill.continue_backfill(thread.id)
    delete_backfill.continue_backfill(thread.id)
    actions.edit_post(moderator, posts[4], body="Changed while it was deleted")
    tools.undelete_thread(moderator, thread)
    reactions.react(a_member(), posts[0], kind="love")
    reactions.react(a_member(), posts[4], kind="dislike")
    actions.delete_post(moderator, posts[0])
    actions.undelete_post(moderator, posts[0])
    actions.delete_post(moderator, posts[3])
    a_post(thread=thread, by=ben)
    assert list(settle_step_by_step())[-1] == 5
    session.refresh(ben)
    assert (ben.message_count, ben.positive_reactions, ben.negative_reactions) == (105, 1, 1)
    assert [*map(str, check()), *position_gaps(), *index_problems("en")] == []


def test_a_short_thread_is_backfilled_at_once(moderator: Member) -> None:
    thread = a_thread()
    a_post(thread=thread)
    tools.delete_thread(moderator, thread)
    assert session.scalar(select(func.count()).select_from(DeleteBackfill)) == 0
    assert indexed_replies() == 0


def test_the_job_finishes_and_running_it_twice_does_no_harm(moderator: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delete_backfill, "MAX_TRANSACTION_SECONDS", 0.0)
    thread = a_long_thread(100)
    session.add(Reaction(post_id=thread.last_post_id, member_id=moderator.id, kind_id=1, created_at=clock.now()))
    session.commit()
    start_writing()
    tools.delete_thread(moderator, find_thread(moderator, thread.id))
    session.commit()
    delete_backfill.run_pending()
    delete_backfill.run_pending()
    assert session.scalar(select(func.count()).select_from(DeleteBackfill)) == 0
    session.rollback()
