"""Merging threads with so many posts that a job moves them: in any slices it ends as a merge at once does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from forum.archive import check as checking
from forum.archive.errors import BadArchive
from forum.archive.export import export
from forum.boards.redirects import redirect_of
from forum.infra.database.db import session, start_writing, transaction
from forum.infra.errors import Conflict
from forum.models import BoardRead, LogEntry, Member, Post, Thread, ThreadMerge, ThreadRead, Visibility
from forum.moderation import tools
from forum.moderation.long_threads import background, merge_slices, merges
from forum.moderation.long_threads.merge_slices import Work
from forum.moderation.regrouping import order
from forum.moderation.regrouping.merging import merge_threads
from forum.search.index.index_check import index_problems
from forum.threads import actions as threads
from forum.threads import drafts, queries, read_marks
from forum.threads.approval import publishing
from tests.factories import a_board, a_member, a_post, a_thread
from tests.moderation.threads_as_told import BEGAN, highest, marks, problems, some, state_of, told
from tests.parts import examples


@dataclass(frozen=True)
class Story:
    """What was written in two threads, and how far three members have read."""

    source: list[tuple[int, Visibility, bool]]
    into: list[tuple[int, Visibility, bool]]
    marks: list[tuple[int, int, int]]
    is_same_board: bool


stories = st.builds(Story, some, some, st.lists(marks, min_size=3, max_size=3), st.booleans())


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each transaction move two or three posts."""
    for name, number in {"POSTS_AT_ONCE": 2, "MARKS_AT_ONCE": 1, "LEFT_FOR_THE_END": 3}.items():
        monkeypatch.setattr(merge_slices, name, number)
    monkeypatch.setattr(background, "MAX_TRANSACTION_SECONDS", 0.0)


def tell(story: Story, readers: Sequence[Member]) -> tuple[Thread, Thread]:
    board, author = a_board(), a_member()
    source = told(story.source, board, author, "source")
    into = told(story.into, board if story.is_same_board else a_board(), author, "into")
    for reader, (in_source, in_into, minute) in zip(readers, story.marks, strict=True):
        for thread, position in ((source, in_source), (into, in_into)):
            if position:
                seen = min(position, session.scalar(highest(thread)) or 0)
                session.add(ThreadRead(member_id=reader.id, thread_id=thread.id, position=seen, read_at=BEGAN))
        if minute % 3 == 0:
            read_at = BEGAN + timedelta(minutes=minute)
            session.add(BoardRead(member_id=reader.id, board_id=into.board_id, read_at=read_at))
    session.flush()
    checking.repair()
    session.expire_all()
    return source, into


def begin(
    actor: Member, source: Thread, into: Thread, *, most: int = 0, redirect_days: int | None = None
) -> ThreadMerge:
    """Begin a merge that is too long to be done at once, because so many posts are."""
    before, order.MAX_POSTS = order.MAX_POSTS, most
    try:
        found = [queries.find_thread(actor, thread.id) for thread in (source, into)]
        merge = merges.merge_or_begin(actor, *found, redirect_days=redirect_days)
    finally:
        order.MAX_POSTS = before
    assert merge is not None
    session.commit()
    return merge


def each_commit(merge: ThreadMerge) -> Iterator[str]:
    """Carry a merge on, each transaction in a new process; yields the step after each of them."""
    entry_id = merge.entry_id
    for _ in range(200):
        if not Work(entry_id).go_on():
            return
        session.rollback()
        yield session.get_one(ThreadMerge, entry_id).step
    raise AssertionError("the merge does not end")


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories)
def test_killed_after_any_transaction_it_ends_as_a_merge_at_once_does_with_right_counters_throughout(
    app_in_context: Flask, story: Story
) -> None:
    start_writing()
    moderator, readers = a_member(role="moderator"), [a_member() for _ in range(3)]
    source, into = tell(story, readers)
    merge_threads(moderator, [source], into)
    expected = state_of(into, readers)
    other, target = tell(story, readers)
    other_id, first_of = other.id, {thread.id: thread.board_id for thread in (other, target)}
    assert problems() == []
    merge = begin(moderator, other, target)
    for _ in each_commit(merge):
        assert problems() == []
        for thread_id in first_of:
            first = session.query(Post).filter_by(thread_id=thread_id, position=1).one()
            assert first.is_public
    assert problems() == []
    assert state_of(target, readers) == expected
    assert session.get(Thread, other_id) is None
    session.rollback()


def a_dialogue(*, number: int = 12) -> tuple[Thread, Thread]:
    """Two threads that were written in turns, in two boards, with a reaction's worth of authors."""
    one, two = a_thread(title="Thread one", body="one1"), a_thread(title="Thread two", body="two1")
    for each in range(2, number + 1):
        a_post(thread=one, body=f"one{each}")
        a_post(thread=two, body=f"two{each}")
    return one, two


def test_a_finished_merge_leaves_a_redirect_a_row_the_log_the_draft_and_a_right_index(app_in_context: Flask) -> None:
    moderator, writer, (one, two) = a_member(role="moderator"), a_member(), a_dialogue()
    drafts.save(writer, place=f"thread:{two.id}", title="", body="Not sent yet")
    first_of_page = session.query(Post.id).filter_by(thread_id=two.id, position=1).scalar()
    two_id, board_of_two = two.id, two.board_id
    merge = begin(moderator, two, one, redirect_days=0)
    assert merge.planned == 12
    list(each_commit(merge))
    found = redirect_of(two_id)
    assert found is not None
    assert (found.target_id, found.board_id, found.page_posts) == (one.id, board_of_two, [first_of_page])
    assert drafts.find(writer, f"thread:{one.id}") is not None
    actions = session.scalars(select(LogEntry.action).order_by(LogEntry.id)).all()
    assert [each for each in actions if "merge" in each] == ["begin-merge", "merge-thread", "merge-threads"]
    texts = session.scalars(select(Post.source).where(Post.thread_id == one.id).order_by(Post.position)).all()
    assert texts == [f"{name}{each}" for each in range(1, 13) for name in ("one", "two")]
    assert [*problems(), *index_problems("en")] == []
    assert session.get_one(Thread, one.id).is_being_merged is False
    assert session.get_one(ThreadMerge, merge.entry_id).finished_at is not None


def test_the_same_merge_sent_twice_is_begun_once_and_no_other_with_its_threads(app_in_context: Flask) -> None:
    moderator, (one, two), three = a_member(role="moderator"), a_dialogue(number=3), a_thread()
    merge = begin(moderator, two, one)
    assert begin(moderator, two, one).entry_id == merge.entry_id
    for source, into in ((one, two), (three, one), (two, three)):
        with pytest.raises(Conflict, match="being merged"):
            begin(moderator, source, into)
    assert session.query(ThreadMerge).count() == 1


def test_nobody_writes_in_or_changes_the_two_threads_while_it_runs_and_all_can_afterwards(
    app_in_context: Flask,
) -> None:
    moderator, member, (one, two) = a_member(role="moderator"), a_member(), a_dialogue(number=4)
    own = session.query(Post).filter_by(thread_id=one.id, position=2).one()
    merge = begin(moderator, two, one)
    for thread in (one, two):
        with pytest.raises(Conflict, match="being merged"):
            threads.reply(member, thread, body="Too late")
        for act in (tools.delete_thread, tools.lock, tools.pin, tools.take_away):
            with pytest.raises(Conflict, match="being merged"):
                act(moderator, thread)
    read_marks.mark_read(member, one, 3)
    session.flush()
    assert session.query(ThreadRead).filter_by(member_id=member.id).count() == 0
    threads.delete_post(session.get_one(Member, own.author_id), own)  # its place stays
    session.commit()
    list(each_commit(merge))
    start_writing()
    threads.reply(member, queries.find_thread(member, one.id), body="In time")
    assert problems() == []


def test_a_post_published_meanwhile_comes_last(app_in_context: Flask) -> None:
    moderator, (one, two) = a_member(role="moderator"), a_dialogue(number=6)
    held = Post(thread_id=one.id, author_id=a_member().id, source="held", html="", markup_version=1)
    held.position, held.visibility, held.created_at, held.delete_reason = -5, Visibility.HELD, BEGAN, ""
    session.add(held)
    session.flush()
    merge = begin(moderator, two, one)
    for number, _ in enumerate(each_commit(merge)):
        if number == 1:
            with transaction():
                publishing.publish(queries.find_post(moderator, held.id))
        assert problems() == []
    assert session.get_one(Post, held.id).position == 13


def test_the_post_that_was_to_open_the_thread_may_be_deleted_meanwhile(app_in_context: Flask) -> None:
    moderator, author = a_member(role="moderator"), a_member()
    public = (Visibility.PUBLIC, False)
    source = told([(9, *public), (1, *public), (12, *public)], a_board(), author, "source")
    into = told([(10, *public), (11, *public), (14, *public)], a_board(), author, "into")
    checking.repair()
    merge = begin(moderator, source, into)
    for number, _ in enumerate(each_commit(merge)):
        if number == 0:
            with transaction():
                oldest = session.query(Post).filter_by(source="source1").one()
                threads.delete_post(moderator, oldest)
    assert problems() == []
    texts = session.scalars(select(Post.source).where(Post.thread_id == into.id).order_by(Post.position)).all()
    assert texts == ["into0", "source0", "source1", "into1", "source2", "into2"]


def test_an_archive_is_not_made_of_half_a_merge(app_in_context: Flask, tmp_path) -> None:  # type: ignore[no-untyped-def]
    moderator, (one, two) = a_member(role="moderator"), a_dialogue(number=3)
    begin(moderator, two, one)
    with pytest.raises(BadArchive, match="being merged, split"):
        export(tmp_path / "archive")
