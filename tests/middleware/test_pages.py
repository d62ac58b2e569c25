"""Cached pages: how old they may be, and how much room they take."""

import time

from forum.interfaces import CacheableGuestPage
from forum.middleware.guest_cache.page_cache import Page, PageCache
from forum.middleware.guest_cache.validators import Validator


def a_page(size: int) -> Page:
    return Page.of(CacheableGuestPage(), Validator((), 0), [], b"x" * size)


def test_one_of_many_makes_an_old_page_anew_and_the_others_are_shown_it() -> None:
    page = a_page(10)
    assert page.may_be_shown()
    page.until = time.monotonic() - 0.1
    assert [page.may_be_shown() for _ in range(4)] == [False, True, True, True]
    page.until = time.monotonic() - 60
    assert not page.may_be_shown()


def test_pages_take_no_more_room_than_they_may() -> None:
    pages = PageCache(most=100_000)
    for number in range(1000):
        pages.keep((str(number),), a_page(1000))
        pages.find((str(number % 7),))
    assert 30_000 < pages.weight <= 100_000


def test_a_walk_over_all_pages_drives_out_nothing_that_is_read() -> None:
    pages = PageCache(most=100_000)
    for number in range(20):
        pages.keep((f"read {number}",), a_page(1000))
        pages.find((f"read {number}",))
    for number in range(1000):
        pages.keep((f"walked {number}",), a_page(1000))
    assert all(pages.find((f"read {number}",)) for number in range(20))
