"""Few guests' pages are made at once; the others are told to come again, and members are not kept waiting."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Event

import pytest
from flask import Flask

from forum import serve
from forum.doorway import Shared
from forum.front import turnstile
from forum.front.freshness import Stamp
from forum.front.pages import Page, Pages
from forum.front.turnstile import AT_ONCE, WAITING, Turnstile
from tests.conftest import log_in
from tests.factories import a_member

TAKEN = AT_ONCE + WAITING
MANY = TAKEN + 12


def test_so_many_at_once_and_so_many_waiting_and_the_rest_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "PATIENCE", 20.0)
    gate, done = Turnstile(at_once=2, waiting=3), Event()

    def pass_through(_: int) -> bool:
        with gate.turn() as has_turn:
            if has_turn:
                done.wait(10)
            return has_turn

    with ThreadPoolExecutor(12) as crowd:
        waiting = [crowd.submit(pass_through, number) for number in range(12)]
        until = time.monotonic() + 5
        while sum(each.done() for each in waiting) < 7 and time.monotonic() < until:
            time.sleep(0.01)
        assert sum(each.done() for each in waiting) == 7
        done.set()
        assert sorted(each.result() for each in waiting) == [False] * 7 + [True] * 5
    with gate.turn() as has_turn:
        assert has_turn


def test_a_turn_is_given_back_after_a_fault() -> None:
    gate = Turnstile(at_once=1, waiting=0)
    with pytest.raises(ZeroDivisionError), gate.turn():
        raise ZeroDivisionError
    with gate.turn() as has_turn:
        assert has_turn


def test_whoever_waits_too_long_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "PATIENCE", 0.02)
    gate = Turnstile(at_once=1, waiting=1)
    with gate.turn(), gate.turn() as has_turn:
        assert not has_turn


def test_a_flood_of_guests_does_not_reach_members(
    app: Flask, writing: Callable[[], AbstractContextManager[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing():
        a_member("anna")
    member, go_on = app.test_client(), Event()
    log_in(member, "anna")

    def slow() -> str:
        go_on.wait(10)
        return "slow"

    monkeypatch.setitem(app.view_functions, "members.show_all", slow)
    with ThreadPoolExecutor(MANY) as crowd:
        guests = [crowd.submit(lambda: app.test_client().get("/members")) for _ in range(MANY)]
        until = time.monotonic() + 5
        while sum(each.done() for each in guests) < MANY - TAKEN and time.monotonic() < until:
            time.sleep(0.01)
        assert member.get("/account").status_code == 200
        assert app.test_client().get("/health/live").status_code == 200
        go_on.set()
        answers = [each.result() for each in guests]
    refused = [each for each in answers if each.status_code == 503]
    assert len(refused) == MANY - TAKEN
    assert {each.headers["Retry-After"] for each in refused} == {"5"}
    assert {each.status_code for each in answers} == {200, 503}
    assert {each.mimetype for each in refused} == {"text/html"}
    assert "Just a moment" in refused[0].text
    assert "default-src 'none'" in refused[0].headers["Content-Security-Policy"]


def a_page(size: int) -> Page:
    return Page.of(Shared(), Stamp((), 0), [], b"x" * size)


def test_one_of_many_makes_an_old_page_anew_and_the_others_are_shown_it() -> None:
    page = a_page(10)
    assert page.may_be_shown()
    page.until = time.monotonic() - 0.1
    assert [page.may_be_shown() for _ in range(4)] == [False, True, True, True]
    page.until = time.monotonic() - 60
    assert not page.may_be_shown()


def test_pages_take_no_more_room_than_they_may() -> None:
    pages = Pages(most=100_000)
    for number in range(1000):
        pages.keep((str(number),), a_page(1000))
        pages.find((str(number % 7),))
    assert 30_000 < pages.weight <= 100_000


def test_a_walk_over_all_pages_drives_out_nothing_that_is_read() -> None:
    pages = Pages(most=100_000)
    for number in range(20):
        pages.keep((f"read {number}",), a_page(1000))
        pages.find((f"read {number}",))
    for number in range(1000):
        pages.keep((f"walked {number}",), a_page(1000))
    assert all(pages.find((f"read {number}",)) for number in range(20))


def test_a_flood_of_guests_leaves_threads_to_members() -> None:
    assert TAKEN <= serve.THREADS * 3 / 4
