"""Visitors who leave disappear at once; silent ones after five minutes."""

from datetime import UTC, datetime, timedelta

from flask import Flask

from forum.infra import clock
from forum.presence.actions import arrive, leave, purge, record_visit
from forum.presence.queries import online, viewers
from tests.presence.visitors import a_caller, a_guest

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_a_visitor_who_leaves_disappears_at_once_everywhere(bare_app: Flask) -> None:
    guest = a_guest()
    arrive("thread:1", guest, tab="one", board=3)
    leave("thread:1", guest, tab="one")
    assert [viewers(place, None).total for place in ("thread:1", "board:3", "forum")] == [0, 0, 0]


def test_one_of_two_tabs_closed_leaves_the_member_counted(bare_app: Flask) -> None:
    anna = a_caller("anna")
    arrive("thread:1", anna, tab="one", board=3)
    arrive("thread:1", anna, tab="two", board=3)
    leave("thread:1", anna, tab="one")
    assert viewers("thread:1", None).members == 1
    leave("thread:1", anna, tab="two")
    assert (viewers("thread:1", None).members, online(None).members) == (0, 0)


def test_leaving_one_thread_keeps_the_member_in_the_other_and_in_the_board(bare_app: Flask) -> None:
    anna = a_caller("anna")
    arrive("thread:1", anna, tab="one", board=3)
    arrive("thread:2", anna, tab="two", board=3)
    leave("thread:1", anna, tab="one")
    assert [viewers(place, None).members for place in ("thread:1", "thread:2", "board:3", "forum")] == [0, 1, 1, 1]


def test_a_pages_first_heartbeat_is_not_counted_twice_and_leaves_nothing_behind(bare_app: Flask) -> None:
    guest = a_guest()
    record_visit("thread:1", guest, board=3)
    record_visit("thread:1", guest, tab="script", board=3)
    leave("thread:1", guest, tab="script")
    assert (viewers("thread:1", None).guests, online(None).guests) == (0, 0)


def test_a_page_left_before_its_first_heartbeat_is_left(bare_app: Flask) -> None:
    guest = a_guest()
    record_visit("thread:1", guest)
    leave("thread:1", guest, tab="script")
    assert viewers("thread:1", None).guests == 0


def test_a_reload_keeps_its_reader(bare_app: Flask) -> None:
    guest = a_guest()
    record_visit("thread:1", guest)
    record_visit("thread:1", guest, tab="before")
    leave("thread:1", guest, tab="before")
    record_visit("thread:1", guest)
    assert viewers("thread:1", None).guests == 1
    record_visit("thread:1", guest, tab="after")
    assert viewers("thread:1", None).guests == 1


def test_a_visitor_silent_for_five_minutes_disappears(bare_app: Flask) -> None:
    guest = a_guest()
    with clock.frozen_at(NOON):
        arrive("thread:1", guest, board=3)
    with clock.frozen_at(NOON + timedelta(minutes=4, seconds=59)):
        assert viewers("thread:1", None).guests == 1
    with clock.frozen_at(NOON + timedelta(minutes=5, seconds=1)):
        assert [viewers(place, None).guests for place in ("thread:1", "board:3", "forum")] == [0, 0, 0]
        purge()
        assert online(None).total == 0


def test_heartbeats_keep_a_visitor_present(bare_app: Flask) -> None:
    guest = a_guest()
    for minute in range(12):
        with clock.frozen_at(NOON + timedelta(minutes=minute)):
            arrive("thread:1", guest, tab="one")
    with clock.frozen_at(NOON + timedelta(minutes=15)):
        assert viewers("thread:1", None).guests == 1


def test_of_more_than_eight_tabs_the_oldest_are_dropped(bare_app: Flask) -> None:
    anna = a_caller("anna")
    for second in range(12):
        with clock.frozen_at(NOON + timedelta(seconds=second)):
            arrive("thread:1", anna, tab=f"tab{second}", board=3)
    with clock.frozen_at(NOON + timedelta(seconds=20)):
        for second in range(4, 11):
            leave("thread:1", anna, tab=f"tab{second}")
        assert viewers("thread:1", None).members == 1
        leave("thread:1", anna, tab="tab11")
        assert (viewers("thread:1", None).members, viewers("board:3", None).members) == (0, 0)


def test_leaving_twice_or_without_arriving_has_no_effect(bare_app: Flask) -> None:
    leave("thread:1", a_guest(), tab="one")
    leave("thread:1", a_caller("anna"), tab="one")
    assert online(None).total == 0


def test_a_tab_name_is_truncated_to_the_column_length(bare_app: Flask) -> None:
    guest, odd = a_guest(), "a|b'; \x00" + "x" * 1000
    arrive("thread:1", guest, tab=odd)
    assert viewers("thread:1", None).guests == 1
    leave("thread:1", guest, tab=odd)
    assert viewers("thread:1", None).guests == 0
