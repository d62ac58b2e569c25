"""Views: once per person, thread and half hour, flushed to the threads so that each counts exactly once."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.jobs.cleanup import purge_ephemeral
from forum.models import Board, Member, Thread
from forum.presence import views
from forum.presence.state import state
from forum.presence.views import count_view, flush_views, purge
from tests.presence.visitors import GOOGLE, a_caller, a_guest

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def thread_id(bare_app: Flask) -> int:
    return make_thread()


def make_thread() -> int:
    with transaction():
        starter = Member(username="starter", username_key="starter")
        board = Board(title="A board")
        session.add_all([starter, board])
        session.flush()
        by = {"starter_id": starter.id, "last_poster_id": starter.id}
        thread = Thread(board_id=board.id, title="A thread", started_at=NOON, last_posted_at=NOON, **by)
        session.add(thread)
        session.flush()
        return thread.id


def shown(thread_id: int) -> int:
    session.rollback()
    return session.scalar(select(Thread.view_count).where(Thread.id == thread_id)) or 0


def test_people_count_and_robots_and_reloads_do_not(thread_id: int) -> None:
    guest, anna = a_guest(), a_caller("anna")
    for caller in (guest, guest, anna, anna, a_guest(agent=GOOGLE), a_guest()):
        count_view(thread_id, caller)
    assert flush_views() == 3
    assert shown(thread_id) == 3


def test_the_same_person_counts_again_after_half_an_hour(thread_id: int) -> None:
    guest = a_guest()
    for minute in (0, 10, 29, 31, 45, 62):
        with clock.frozen_at(NOON + timedelta(minutes=minute)):
            count_view(thread_id, guest)
    flush_views()
    assert shown(thread_id) == 3


def test_a_second_process_does_not_count_a_reload(thread_id: int) -> None:
    guest = a_guest()
    count_view(thread_id, guest)
    state.here().viewed.__init__(10)  # type: ignore[misc]  # as in another process, which does not remember it
    count_view(thread_id, guest)
    assert flush_views() == 1


def test_flushed_views_are_not_flushed_again(thread_id: int) -> None:
    count_view(thread_id, a_guest())
    assert [flush_views(), flush_views()] == [1, 0]
    count_view(thread_id, a_guest())
    assert flush_views() == 1
    assert shown(thread_id) == 2


def test_views_of_a_missing_thread_cause_no_error(bare_app: Flask) -> None:
    count_view(999, a_guest())
    assert flush_views() == 1
    assert flush_views() == 0


def test_a_crash_after_the_threads_were_updated_counts_nothing_twice(
    thread_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_view(thread_id, a_guest())
    with monkeypatch.context() as killed:
        killed.setattr(state.here().views, "drop_batches", stop)
        with pytest.raises(KeyboardInterrupt):
            flush_views()
    assert shown(thread_id) == 1
    assert flush_views() == 0
    assert shown(thread_id) == 1
    assert state.here().views.batches() == {}


def test_a_crash_before_the_threads_were_updated_loses_nothing(thread_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    count_view(thread_id, a_guest())
    with monkeypatch.context() as killed:
        killed.setattr(views, "_set_last_batch", stop)
        with pytest.raises(KeyboardInterrupt):
            flush_views()
    assert shown(thread_id) == 0
    count_view(thread_id, a_guest())
    assert flush_views() == 2
    assert shown(thread_id) == 2


def test_a_busy_database_delays_the_flush_of_views(thread_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    count_view(thread_id, a_guest())
    with monkeypatch.context() as busy:
        busy.setattr(views, "_set_last_batch", locked)
        assert flush_views() == 0
    assert flush_views() == 1


def test_losing_the_store_does_not_stop_the_count(thread_id: int) -> None:
    with clock.frozen_at(NOON + timedelta(days=400)):
        count_view(thread_id, a_guest())
        flush_views()
    with clock.frozen_at(NOON):
        count_view(thread_id, a_guest())
        assert flush_views() == 1
    assert shown(thread_id) == 2


def test_purging_removes_old_visitors_but_no_unflushed_views(thread_id: int) -> None:
    with clock.frozen_at(NOON):
        count_view(thread_id, a_guest())
    with clock.frozen_at(NOON + timedelta(hours=2)):
        purge()
        assert flush_views() == 1
        purge()
        purge_ephemeral()
    flush_views()
    assert shown(thread_id) == 1


def stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def locked(*_: object, **__: object) -> None:
    raise OperationalError("UPDATE", {}, Exception("database is locked"))
