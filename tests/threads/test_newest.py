"""The newest post stays the newest: order follows the sequence of writes, not the clock."""

import time
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from forum.archive.check import check
from forum.boards.queries import _unread_boards
from forum.infra import clock
from forum.infra.database.db import db, session, transaction
from forum.models import Board, Member, Post
from forum.models import Thread as Topic
from forum.threads import actions, read_marks
from forum.threads.queries import find_thread
from tests.databases import postgres_url
from tests.factories import a_board, a_member, a_thread
from tests.trust.on_postgresql import forum_on

HOUR = timedelta(hours=1)


def topic(title: str) -> Topic:
    return session.scalars(select(Topic).where(Topic.title == title)).one()


def member(name: str) -> Member:
    return session.scalars(select(Member).where(Member.username == name)).one()


def newest_of(board: Board) -> str:
    session.expire_all()
    return session.scalars(select(Topic.title).where(Topic.id == board.last_thread_id)).one()


@pytest.fixture
def talk(app_in_context: Flask) -> Board:
    """A board with two threads."""
    board = a_board("Talk")
    for title in ("First thread", "Second thread"):
        a_thread(board=board, title=title, by=a_member(f"writer of {title}"))
    a_member("Anna")
    session.commit()
    return board


def write(title: str, body: str, by: str = "Anna") -> None:
    with transaction():
        author = member(by)
        actions.reply(author, find_thread(author, topic(title).id), body=body)


def unread() -> set[int]:
    session.expire_all()
    return _unread_boards(member("Ben"))


@pytest.mark.parametrize("back", [timedelta(milliseconds=3), HOUR])
def test_a_clock_that_is_set_back_does_not_move_the_last_post_back(talk: Board, back: timedelta) -> None:
    write("First thread", "Before the clock was put back.")
    before = session.get_one(Board, talk.id).last_posted_at
    assert before is not None
    with clock.frozen_at(clock.now() - back):
        for title in ("Second thread", "Second thread", "First thread", "Second thread"):
            write(title, f"After the clock was put back, {clock.now()} {title}.")
            assert newest_of(talk) == title
            after = session.get_one(Board, talk.id).last_posted_at
            assert after is not None
            assert after >= before
            before = after
            assert [*map(str, check())] == []
        with transaction():
            started = a_thread(board=session.get_one(Board, talk.id), title="A third thread", by=member("Anna"))
            assert started.last_posted_at >= before
        assert newest_of(talk) == "A third thread"
    assert [*map(str, check())] == []


def test_in_a_thread_times_increase_with_positions(talk: Board) -> None:
    for hours in (0, 1, 2):
        with clock.frozen_at(clock.now() - hours * HOUR):
            write("First thread", f"Written {hours} hours early.")
    posts = session.scalars(select(Post).where(Post.thread_id == topic("First thread").id).order_by(Post.position))
    times = [post.created_at for post in posts]
    assert times == sorted(times)


def test_a_time_days_in_the_future_is_not_continued(talk: Board) -> None:
    with clock.frozen_at(clock.now() + timedelta(days=400)):
        write("First thread", "From the year after next.")
    for title in ("Second thread", "First thread"):
        write(title, f"From today, {title}.")
        assert abs(topic(title).last_posted_at - clock.now()) < HOUR
        assert [*map(str, check())] == []


def test_who_posted_just_before_the_clock_was_set_back_may_post_again(
    talk: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forum.threads.writing.current_settings", lambda: _Limited)
    write("First thread", "Before.")
    with clock.frozen_at(clock.now() - HOUR):
        write("Second thread", "After.")


class _Limited:
    limits, base_url = True, ""


@pytest.mark.parametrize("back", [timedelta(0), HOUR])
def test_posts_after_a_board_was_marked_read_are_unread(talk: Board, back: timedelta) -> None:
    with transaction():
        ben = a_member("Ben")
        read_marks.mark_board_read(ben, session.get_one(Board, talk.id))
    assert unread() == set()
    with clock.frozen_at(clock.now() - back):
        write("First thread", "News.")
    assert unread() == {talk.id}
    with transaction():
        read_marks.mark_all_read(member("Ben"))
    assert unread() == set()
    with clock.frozen_at(clock.now() - back):
        write("Second thread", "More news.")
    assert unread() == {talk.id}


WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


def waiting() -> int:
    """How many sessions wait for a lock; in a new transaction, because a transaction sees only one snapshot."""
    with db.engine.connect() as connection:
        return int(connection.execute(WAITING).scalar_one())


@pytest.mark.postgres
def test_a_delayed_reply_does_not_hide_a_later_one(tmp_path: Path) -> None:
    """Its author's row is locked; meanwhile somebody else replies elsewhere in the board."""
    with forum_on(postgres_url(), tmp_path) as app, app.app_context():
        with transaction():
            a_thread(board=session.scalars(select(Board)).one(), title="Another thread", by=a_member("Carl"))

        def write_late() -> None:
            with app.app_context():
                write("A thread to read", "Begun first.")
                session.remove()

        with db.engine.connect() as holder:
            holder.execute(update(Member).where(Member.username == "Anna").values(username_key="held"))
            late = Thread(target=write_late)
            late.start()
            end = time.monotonic() + 10
            while not waiting() and time.monotonic() < end:
                time.sleep(0.01)
            write("Another thread", "Begun second, done first.", by="Carl")
            holder.rollback()
            late.join(20)
        session.rollback()
        assert [*map(str, check())] == []
        assert newest_of(session.scalars(select(Board)).one()) == "Another thread"
        session.remove()
