"""Visitors are counted once where they arrive, by kind, including the reader."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from forum.infra import clock
from forum.presence.actions import arrive, forget_guest, record_visit
from forum.presence.queries import Viewers, online, viewers
from forum.presence.visitor_key import VisitorKey
from tests.presence.visitors import FIREFOX, GOOGLE, a_caller, a_guest, a_person, logged_in

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def counted(seen: Viewers) -> tuple[int, int, int, int]:
    return seen.total, seen.members, seen.guests, seen.robots


def names(seen: Viewers) -> list[str]:
    return [name for name, _ in seen.names]


def test_an_empty_place_has_no_viewers(bare_app: Flask) -> None:
    assert counted(viewers("thread:1", None)) == (0, 0, 0, 0)


def test_members_guests_and_robots_are_counted_separately(bare_app: Flask) -> None:
    arrive("thread:1", a_caller("anna"))
    arrive("thread:1", a_guest())
    arrive("thread:1", a_guest())
    arrive("thread:1", a_guest(agent=GOOGLE))
    assert counted(viewers("thread:1", None)) == (3, 1, 2, 1)
    assert counted(viewers("thread:2", None)) == (0, 0, 0, 0)


def test_a_member_is_named_with_their_profile_path(bare_app: Flask) -> None:
    anna = a_caller("anna")
    arrive("thread:1", anna)
    assert anna.member is not None
    assert viewers("thread:1", None).names == (("anna", anna.member.path),)


def test_a_member_counts_once_in_any_number_of_tabs_and_browsers(bare_app: Flask) -> None:
    anna = a_person("anna")
    for number in range(4):
        arrive("thread:1", logged_in(a_guest(), anna), tab=f"tab{number}")
    assert counted(viewers("thread:1", None)) == (1, 1, 0, 0)


def test_a_guest_counts_once_by_address_and_browser(bare_app: Flask) -> None:
    arrive("thread:1", VisitorKey("203.0.113.9", FIREFOX), tab="a")
    arrive("thread:1", VisitorKey("203.0.113.9", FIREFOX), tab="b")
    assert counted(viewers("thread:1", None)) == (1, 0, 1, 0)
    arrive("thread:1", VisitorKey("203.0.113.9", FIREFOX + " other"))
    assert counted(viewers("thread:1", None)) == (2, 0, 2, 0)


def test_addresses_of_one_ipv6_prefix_are_one_guest(bare_app: Flask) -> None:
    arrive("thread:1", VisitorKey("2001:db8:1:2::1", FIREFOX))
    arrive("thread:1", VisitorKey("2001:db8:1:2:ffff::2", FIREFOX))
    assert viewers("thread:1", None).guests == 1


@pytest.mark.parametrize("agent", [FIREFOX, GOOGLE])
def test_the_reader_is_counted_before_any_heartbeat(bare_app: Flask, agent: str) -> None:
    reader = a_guest(agent=agent)
    expected = (1, 0, 1, 0) if agent == FIREFOX else (0, 0, 0, 1)
    assert counted(viewers("thread:1", reader)) == expected
    arrive("thread:1", reader)
    assert counted(viewers("thread:1", reader)) == expected


def test_a_member_who_reads_is_named_without_a_heartbeat(bare_app: Flask) -> None:
    assert names(viewers("thread:1", a_caller("anna"))) == ["anna"]


def test_hidden_members_are_counted_and_not_named(bare_app: Flask) -> None:
    shy, anna = a_caller("shy", hidden=True), a_caller("anna")
    arrive("thread:1", shy)
    arrive("thread:1", anna)
    assert counted(viewers("thread:1", anna)) == (2, 2, 0, 0)
    assert names(viewers("thread:1", anna)) == ["anna"]
    assert names(viewers("thread:1", a_caller("mod"), see_hidden=True)) == ["anna", "mod", "shy"]
    assert names(viewers("thread:9", shy)) == []


def test_at_most_fifty_members_are_named_and_all_are_counted(bare_app: Flask) -> None:
    for number in range(53):
        arrive("thread:1", a_caller(f"m{number}"))
    seen = viewers("thread:1", None)
    assert (seen.members, len(seen.names)) == (53, 50)


def test_a_viewer_of_a_thread_is_in_its_board_and_in_the_forum(bare_app: Flask) -> None:
    anna, guest = a_caller("anna"), a_guest()
    arrive("thread:1", anna, board=3)
    arrive("thread:2", anna, board=3)
    arrive("board:3", guest)
    arrive("thread:7", a_guest(), board=4)
    arrive("forum", a_guest(agent=GOOGLE))
    assert counted(viewers("board:3", None)) == (2, 1, 1, 0)
    assert counted(online(None)) == (3, 1, 2, 1)
    assert names(online(None)) == ["anna"]


def test_record_visit_combines_arrive_and_viewers(bare_app: Flask) -> None:
    anna, guest = a_caller("anna"), a_guest()
    assert counted(record_visit("thread:1", guest, board=3)) == (1, 0, 1, 0)
    assert counted(record_visit("thread:1", anna, board=3)) == (2, 1, 1, 0)
    assert counted(viewers("board:3", None)) == (2, 1, 1, 0)
    assert counted(record_visit("board:3", a_guest())) == (3, 1, 2, 0)
    assert counted(viewers("board:3", None)) == (3, 1, 2, 0)


def test_a_guest_who_logs_in_stops_being_a_guest(bare_app: Flask) -> None:
    guest = a_guest()
    arrive("thread:1", guest, board=3)
    arrive("forum", guest)
    anna = logged_in(guest, a_person("anna"))
    forget_guest(anna)
    assert counted(record_visit("thread:1", anna, board=3)) == (1, 1, 0, 0)
    assert counted(online(None)) == (1, 1, 0, 0)


def test_a_tab_that_was_a_guests_becomes_the_members(bare_app: Flask) -> None:
    guest = a_guest()
    arrive("thread:1", guest, tab="open")
    anna = logged_in(guest, a_person("anna"))
    forget_guest(anna)
    arrive("thread:1", anna, tab="open")
    assert counted(viewers("thread:1", None)) == (1, 1, 0, 0)


def test_a_guest_behind_the_same_address_and_browser_stays_when_a_member_logs_in(bare_app: Flask) -> None:
    guest = a_guest()
    arrive("thread:1", guest, tab="theirs")
    anna = logged_in(guest, a_person("anna"))
    forget_guest(anna)
    arrive("thread:1", anna, tab="hers")
    assert counted(viewers("thread:1", None)) == (2, 1, 1, 0)


def test_a_guest_removed_by_mistake_is_back_at_the_next_page(bare_app: Flask) -> None:
    guest = a_guest()
    record_visit("thread:1", guest)
    forget_guest(guest)
    assert viewers("thread:1", None).guests == 0
    record_visit("thread:1", guest)
    assert viewers("thread:1", None).guests == 1


def test_a_guest_is_a_different_guest_tomorrow(bare_app: Flask) -> None:
    guest = a_guest()
    with clock.frozen_at(NOON.replace(hour=23, minute=59)):
        arrive("thread:1", guest)
    with clock.frozen_at(NOON + timedelta(hours=12, minutes=1)):
        arrive("thread:1", guest, tab="")
        assert viewers("thread:1", None).guests >= 1


@pytest.mark.parametrize("place", ["thread:", "thread:1 OR 1=1", "nowhere", "member:4"])
def test_invalid_place_names_are_refused(sqlite_app: Flask, place: str) -> None:
    with pytest.raises(ValueError, match="not a place"):
        viewers(place, None)
