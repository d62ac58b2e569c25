"""`forum check` finds every stored counter that differs from the rows, and `--repair` corrects it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from forum.archive import check
from forum.infra.database.db import db, session, transaction
from forum.models import Board, Member, Post, Thread
from tests.archive.forums import fill_forum
from tests.factories import a_board, a_post, a_thread

ANOTHER_DAY = datetime(1999, 1, 1, tzinfo=UTC)
COUNTERS: list[tuple[type[Any], str]] = [(model, name) for model, _, names in check.RECOUNTS for name in names]


def differences() -> list[str]:
    """The differences that `check` reports."""
    return [str(difference) for difference in check.check()]


@pytest.fixture
def furnished(app: Flask) -> Flask:
    """A forum with one of everything."""
    with app.app_context():
        fill_forum()
    return app


def test_a_forum_in_use_has_exact_counters(furnished: Flask) -> None:
    with furnished.app_context():
        assert differences() == []
        assert list(check.position_gaps()) == []


@pytest.mark.parametrize(("model", "name"), COUNTERS, ids=[f"{model.__tablename__}.{name}" for model, name in COUNTERS])
def test_each_tampered_counter_is_found_and_repaired(furnished: Flask, model: type[Any], name: str) -> None:
    column = model.__table__.columns[name]
    with furnished.app_context():
        right = session.scalar(db.select(column).where(model.id == 1))
        wrong = ANOTHER_DAY if name.endswith("_at") else _another(model, name, right)
        with transaction():
            session.execute(update(model).where(model.id == 1).values({name: wrong}))
        assert differences() == [f"{model.__tablename__} 1: {name} is {wrong}, should be {right}"]
        with check.consistent_snapshot(to_write=True):
            check.repair()
        assert differences() == []
        assert session.scalar(db.select(column).where(model.id == 1)) == right


def _another(model: type[Any], name: str, right: Any) -> int | str:
    """A value that no rule allows: another row for a reference, a higher count for a count."""
    if name == "last_poster_id":
        return 3 if right != 3 else 2
    if name == "last_thread_id":
        return int(session.scalar(db.select(Thread.id).where(Thread.is_deleted)) or 0)
    return not right if isinstance(right, bool) else int(right or 0) + 7


def test_a_missing_position_is_found_and_cannot_be_repaired(furnished: Flask) -> None:
    with furnished.app_context():
        with transaction():
            thread = a_thread(board=a_board())
            middle, _ = a_post(thread=thread), a_post(thread=thread)
            number, middle_id = thread.id, middle.id
        with transaction():
            session.execute(delete(Post).where(Post.id == middle_id))
            check.repair()
        assert list(check.position_gaps()) == [f"thread {number}: has 2 posts at positions 1 to 3"]


def test_of_two_threads_at_the_same_moment_either_may_be_a_boards_last(furnished: Flask) -> None:
    with furnished.app_context():
        with transaction():
            board = a_board()
            first, second = a_thread(board=board), a_thread(board=board)
            moment = datetime(2026, 1, 1, tzinfo=UTC)
            session.execute(update(Post).where(Post.thread_id.in_([first.id, second.id])).values(created_at=moment))
            check.repair()
            ids, board_id = (first.id, second.id), board.id
        for each in ids:
            with transaction():
                session.execute(update(Board).where(Board.id == board_id).values(last_thread_id=each))
            assert differences() == []


def test_the_base_counts_of_an_archive_are_included(furnished: Flask) -> None:
    with furnished.app_context():
        with transaction():
            session.execute(
                update(Member).where(Member.id == 1).values(base_message_count=Member.base_message_count + 5)
            )
        (found,) = check.check()
        assert isinstance(found.true, int)
        assert isinstance(found.stored, int)
        assert (found.counter, found.true - found.stored) == ("message_count", 5)
