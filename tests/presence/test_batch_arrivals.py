"""Guests who arrive in a burst are counted in a batch, each once."""

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Thread
from forum.presence import batched_arrivals, rules, store_database, store_redis
from forum.presence.actions import arrive, is_recorded
from forum.presence.queries import online, viewers
from forum.presence.views import count_view, flush_views, is_counted
from forum.presence.visitor_key import VisitorKey
from tests.presence.test_flood import strangers
from tests.presence.test_views import make_thread, shown
from tests.presence.visitors import GOOGLE


def record_all(many: int, thread_id: int) -> None:
    for caller in strangers(many):
        batched_arrivals.record(f"thread:{thread_id}", caller, board=1, thread_id=thread_id)


def test_guests_of_a_batch_are_counted_once_each(bare_app: Flask) -> None:
    thread = make_thread()
    record_all(120, thread)
    assert viewers(f"thread:{thread}", None).guests == 0, "nobody is told yet"
    batched_arrivals.flush()
    record_all(120, thread)
    batched_arrivals.flush()
    for place in (f"thread:{thread}", "board:1", "forum"):
        assert viewers(place, None).guests == 120
    flush_views()
    assert shown(thread) == 120


def test_robots_in_a_batch_are_counted_as_robots(bare_app: Flask) -> None:
    thread = make_thread()
    batched_arrivals.record(f"thread:{thread}", VisitorKey("192.0.2.1", GOOGLE), board=1, thread_id=thread)
    batched_arrivals.flush()
    assert viewers(f"thread:{thread}", None).robots == 1
    flush_views()
    assert shown(thread) == 0


def test_a_recorded_arrival_is_not_counted_again(bare_app: Flask) -> None:
    thread = make_thread()
    (caller,) = strangers(1)
    batched_arrivals.record(f"thread:{thread}", caller, board=1, thread_id=thread)
    assert is_recorded(f"thread:{thread}", caller, board=1)
    assert is_counted(thread, caller)
    batched_arrivals.flush()
    arrive(f"thread:{thread}", caller, board=1)
    count_view(thread, caller)
    flush_views()
    assert (viewers(f"thread:{thread}", None).guests, shown(thread)) == (1, 1)


def test_a_place_and_the_forum_count_no_more_than_their_maximum(
    bare_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for store in (store_database, store_redis):
        monkeypatch.setattr(store, "GUESTS_A_PLACE", 10)
        monkeypatch.setattr(store, "GUESTS_IN_ALL", 15)
    first, second = make_thread(), 77
    record_all(30, first)
    batched_arrivals.flush()
    assert viewers(f"thread:{first}", None).guests == 10
    for caller in list(strangers(60))[40:]:
        batched_arrivals.record(f"thread:{second}", caller, board=2, thread_id=0)
    batched_arrivals.flush()
    assert online(None).guests <= 10 + (5 if bare_app.extensions["forum.settings"].redis_url else 10)
    record_all(30, first)
    batched_arrivals.flush()
    assert viewers(f"thread:{first}", None).guests == 10, "who is there already stays"


def test_a_flood_is_buffered_in_bounded_memory(sqlite_app: Flask) -> None:
    thread = make_thread()
    record_all(30_000, thread)
    batched_arrivals.flush()
    assert viewers(f"thread:{thread}", None).guests == rules.GUESTS_A_PLACE
    flush_views()
    assert session.scalars(select(Thread.view_count)).one() == 20_000


def test_flushing_without_arrivals_changes_nothing(bare_app: Flask) -> None:
    batched_arrivals.flush()
    assert online(None).total == 0
