"""Splitting off so many posts that a job moves them: in any slices it ends as a split at once does."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from forum.archive import check as checking
from forum.archive.errors import BadArchive
from forum.archive.export import export
from forum.infra.database.db import session, start_writing, transaction
from forum.infra.errors import Conflict, Invalid
from forum.models import (
    BoardRead,
    LogEntry,
    Member,
    Post,
    Thread,
    ThreadMerge,
    ThreadRead,
    ThreadRedirect,
    ThreadSplit,
    Visibility,
)
from forum.moderation import tools
from forum.moderation.long_threads import background, merge_slices, split_slices, splits
from forum.moderation.regrouping import order
from forum.moderation.regrouping.choosing import Choice
from forum.moderation.regrouping.splitting import Destination
from forum.search.index.index_check import index_problems
from forum.threads import actions as threads
from forum.threads import queries
from forum.threads.approval import publishing
from tests.factories import a_board, a_member, a_post, a_thread
from tests.moderation.threads_as_told import BEGAN, highest, marks, problems, some, state_of, told

SHARED = [HealthCheck.function_scoped_fixture]


@dataclass(frozen=True)
class Story:
    """What was written in a thread, how far three members have read, and which posts go: by number, and a run."""

    posts: list[tuple[int, Visibility, bool]]
    marks: list[tuple[int, int, int]]
    single: set[int]
    run: tuple[int, int]


run = st.one_of(st.just((0, 0)), st.tuples(st.integers(0, 4), st.integers(0, 4)))
stories = st.builds(Story, some, st.lists(marks, min_size=3, max_size=3), st.sets(st.integers(0, 9)), run)


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each transaction move two or three posts."""
    for module in (split_slices, merge_slices):
        monkeypatch.setattr(module, "POSTS_AT_ONCE", 2)
        monkeypatch.setattr(module, "MARKS_AT_ONCE", 1)
    monkeypatch.setattr(merge_slices, "LEFT_FOR_THE_END", 3)
    monkeypatch.setattr(background, "MAX_TRANSACTION_SECONDS", 0.0)


def tell(story: Story, readers: Sequence[Member]) -> tuple[Thread, Choice]:
    """The thread of a story, and the posts that go."""
    thread = told(story.posts, a_board(), a_member(), "source")
    for reader, (position, _, minute) in zip(readers, story.marks, strict=True):
        if position:
            seen = min(position, session.scalar(highest(thread)) or 0)
            session.add(ThreadRead(member_id=reader.id, thread_id=thread.id, position=seen, read_at=BEGAN))
        if minute % 3 == 0:
            read_at = BEGAN + timedelta(minutes=minute)
            session.add(BoardRead(member_id=reader.id, board_id=thread.board_id, read_at=read_at))
    session.flush()
    checking.repair()
    session.expire_all()
    ids = session.scalars(select(Post.id).where(Post.thread_id == thread.id).order_by(Post.source)).all()
    return thread, Choice({ids[number] for number in story.single if number < len(ids)}, *story.run)


def split(actor: Member, thread: Thread, choice: Choice, to: Destination, *, most: int) -> Thread | ThreadSplit:
    """Split posts off; more than so many are moved by a job."""
    before, order.MAX_POSTS = order.MAX_POSTS, most
    try:
        return splits.split_or_begin(actor, thread, choice, to)
    finally:
        order.MAX_POSTS = before


def begin(actor: Member, thread: Thread, choice: Choice, to: Destination) -> ThreadSplit:
    """Begin a split that is too long to be done at once, because so many posts are."""
    begun = split(actor, queries.find_thread(actor, thread.id), choice, to, most=0)
    assert isinstance(begun, ThreadSplit)
    session.commit()
    return begun


def each_commit(begun: ThreadSplit) -> Iterator[str]:
    """Carry a split and the merge that ends it on, each transaction in a new process; yields the steps."""
    entry_id = begun.entry_id
    for _ in range(300):
        if not split_slices.Work(entry_id).go_on():
            break
        session.rollback()
        yield session.get_one(ThreadSplit, entry_id).step
    session.rollback()
    merge_id = session.get_one(ThreadSplit, entry_id).merge_id
    while merge_id is not None and merge_slices.Work(merge_id).go_on():
        session.rollback()
        yield f"merge {session.get_one(ThreadMerge, merge_id).step}"


def have_first_posts(thread_ids: Collection[int]) -> bool:
    """Whether each thread that is there has a public first post."""
    firsts = select(Post.thread_id).where(Post.position == 1, Post.is_public)
    there = session.scalars(select(Thread.id).where(Thread.id.in_(thread_ids))).all()
    return set(there) <= set(session.scalars(firsts))


@settings(max_examples=10, deadline=None, suppress_health_check=SHARED)
@given(story=stories)
def test_killed_after_any_transaction_it_ends_as_a_split_at_once_does_with_right_counters_throughout(
    app_in_context: Flask, story: Story
) -> None:
    start_writing()
    moderator, readers, board = a_member(role="moderator"), [a_member() for _ in range(3)], a_board()
    thread, choice = tell(story, readers)
    other, same_choice = tell(story, readers)
    assert problems() == []
    session.commit()
    try:
        made = split(moderator, thread, choice, Destination("Split off", board), most=1000)
    except Invalid:
        session.rollback()
        with pytest.raises(Invalid):
            begin(moderator, other, same_choice, Destination("Split off", board))
        session.rollback()
        return
    assert isinstance(made, Thread)
    expected = state_of(thread, readers), state_of(made, readers)
    second_board = a_board()
    begun = begin(moderator, other, same_choice, Destination("Split off", second_board))
    for _ in each_commit(begun):
        assert problems() == []
        assert have_first_posts([other.id, begun.into_id or 0])
        session.rollback()
    assert begun.into_id is not None
    assert (state_of(other, readers), state_of(session.get_one(Thread, begun.into_id), readers)) == expected
    assert problems() == []
    session.rollback()


@settings(max_examples=6, deadline=None, suppress_health_check=SHARED)
@given(story=stories, target=some)
def test_posts_that_go_to_a_thread_that_existed_end_there_in_the_order_of_time(
    app_in_context: Flask, story: Story, target: list[tuple[int, Visibility, bool]]
) -> None:
    start_writing()
    moderator, readers, board = a_member(role="moderator"), [a_member() for _ in range(3)], a_board()
    thread, choice = tell(story, readers)
    other, same_choice = tell(story, readers)
    into, second = (told(target, board, moderator, "into") for _ in range(2))
    checking.repair()
    session.commit()
    try:
        split(moderator, thread, choice, Destination(into=into), most=1000)
    except Invalid:
        session.rollback()
        return
    expected = [state_of(thread, readers), state_of(into, readers)]
    begun = begin(moderator, other, same_choice, Destination(into=second))
    for _ in each_commit(begun):
        assert problems() == []
        assert have_first_posts([other.id, second.id, begun.into_id or 0])
        session.rollback()
    found = [state_of(other, readers), state_of(second, readers)]
    for state in (*expected, *found):
        state.pop("marks")  # posts change their places twice: as few as possible become unread each time
        state.pop("board")
    assert found == expected
    assert problems() == []
    session.rollback()


def a_long_thread(*, number: int = 9) -> Thread:
    thread = a_thread(title="Long thread", body="post 1")
    for each in range(2, number + 1):
        a_post(thread=thread, body=f"post {each}")
    return thread


def texts(thread: Thread) -> list[str]:
    found = select(Post.source).where(Post.thread_id == thread.id, Post.position > 0).order_by(Post.position)
    return list(session.scalars(found))


def test_a_finished_split_is_in_the_log_and_leaves_both_threads_free(app_in_context: Flask) -> None:
    moderator, thread, board = a_member(role="moderator"), a_long_thread(), a_board()
    begun = begin(moderator, thread, Choice(first=1, last=6), Destination("  Split   off ", board))
    assert begun.planned == 6
    list(each_commit(begun))
    made = session.get_one(Thread, begun.into_id)
    assert (made.title, made.board_id, made.reply_count, thread.reply_count) == ("Split off", board.id, 5, 2)
    assert texts(made) == [f"post {number}" for number in range(1, 7)]
    assert texts(thread) == ["post 7", "post 8", "post 9"]
    actions = session.scalars(select(LogEntry.action).order_by(LogEntry.id)).all()
    assert [each for each in actions if "split" in each] == ["begin-split", "split-thread", "split-posts"]
    assert (made.is_being_merged, thread.is_being_merged, begun.step) == (False, False, "")
    assert session.scalar(select(Post.author_id).where(Post.source == "post 7")) == thread.starter_id
    assert [*problems(), *index_problems("en")] == []


def test_the_same_split_sent_twice_is_begun_once_and_nobody_writes_or_moderates_meanwhile(
    app_in_context: Flask,
) -> None:
    moderator, member, thread, board = a_member(role="moderator"), a_member(), a_long_thread(), a_board()
    into = a_thread(board=board)
    choice, to = Choice(first=3), Destination(into=into)
    begun = begin(moderator, thread, choice, to)
    assert begin(moderator, thread, choice, to).entry_id == begun.entry_id
    for each in (thread, into):
        with pytest.raises(Conflict, match="being merged, split"):
            threads.reply(member, each, body="Too late")
        with pytest.raises(Conflict, match="being merged, split"):
            tools.delete_thread(moderator, each)
    with pytest.raises(Conflict, match="being merged, split"):
        begin(moderator, into, choice, Destination("Another", board))
    assert session.query(ThreadSplit).count() == 1
    session.rollback()
    list(each_commit(begun))
    assert session.scalar(select(func.count()).select_from(ThreadRedirect)) == 1  # of the thread in between
    assert session.query(Thread).count() == 2
    start_writing()
    threads.reply(member, queries.find_thread(member, into.id), body="In time")
    assert problems() == []


def test_a_post_published_meanwhile_stays_and_comes_last(app_in_context: Flask) -> None:
    moderator, thread = a_member(role="moderator"), a_long_thread(number=6)
    held = Post(thread_id=thread.id, author_id=a_member().id, source="held", html="", markup_version=1)
    held.position, held.visibility, held.created_at, held.delete_reason = -5, Visibility.HELD, BEGAN, ""
    session.add(held)
    session.flush()
    begun = begin(moderator, thread, Choice({held.id}, 2, 5), Destination("Split off", thread.board))
    for number, _ in enumerate(each_commit(begun)):
        if number == 2:
            with transaction():
                publishing.publish(queries.find_post(moderator, held.id))
        assert problems() == []
    assert texts(thread) == ["post 1", "post 6", "held"]


def test_nothing_is_moved_if_all_that_was_to_stay_is_deleted_before_the_job_begins(app_in_context: Flask) -> None:
    moderator, thread, into = a_member(role="moderator"), a_long_thread(number=4), a_thread()
    begun = begin(moderator, thread, Choice(first=1, last=3), Destination(into=into))
    with transaction():
        threads.delete_post(moderator, session.query(Post).filter_by(source="post 4").one())
    list(each_commit(begun))
    assert (begun.step, begun.into_id, thread.is_being_merged, into.is_being_merged) == ("", None, False, False)
    assert texts(thread) == [f"post {number}" for number in range(1, 5)]
    assert problems() == []


def test_posts_whose_new_board_is_gone_go_to_a_thread_in_the_old_one(app_in_context: Flask) -> None:
    moderator, thread, board = a_member(role="moderator"), a_long_thread(number=4), a_board()
    begun = begin(moderator, thread, Choice(first=3), Destination("Split off", board))
    with transaction():
        session.delete(board)
    list(each_commit(begun))
    assert session.get_one(Thread, begun.into_id).board_id == thread.board_id
    assert problems() == []


def test_numbers_from_before_a_change_and_of_no_posts_are_refused_at_their_fields(app_in_context: Flask) -> None:
    moderator, thread = a_member(role="moderator"), a_long_thread(number=4)
    to = Destination("Split off", thread.board)
    for choice, field in (
        (Choice(first=5), "first"),
        (Choice(first=2, last=5), "last"),
        (Choice(first=3, last=2), "last"),
        (Choice(first=2, generation=thread.generation + 1), "first"),
        (Choice(), "post_ids"),
        (Choice({10**6}), "post_ids"),
        (Choice(first=1), "post_ids"),
    ):
        with pytest.raises(Invalid) as refused:
            begin(moderator, thread, choice, to)
        assert list(refused.value.fields) == [field]


def test_an_archive_is_not_made_of_half_a_split(app_in_context: Flask, tmp_path) -> None:  # type: ignore[no-untyped-def]
    moderator, thread = a_member(role="moderator"), a_long_thread(number=4)
    begin(moderator, thread, Choice(first=3), Destination("Split off", thread.board))
    with pytest.raises(BadArchive, match="merged, split"):
        export(tmp_path / "archive")
