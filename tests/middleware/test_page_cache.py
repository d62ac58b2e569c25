"""Cached pages: their maximum age, and how much memory they take."""

import time

from forum.interfaces import CacheableGuestPage
from forum.middleware.guest_cache.page_cache import Page, PageCache
from forum.middleware.guest_cache.validators import Validator


def a_page(size: int) -> Page:
    return Page.of(CacheableGuestPage(), Validator((), 0), [], b"x" * size)


def test_one_request_refreshes_an_old_page_while_others_get_the_old_one() -> None:
    page = a_page(10)
    assert page.may_be_shown()
    page.until = time.monotonic() - 0.1
    assert [page.may_be_shown() for _ in range(4)] == [False, True, True, True]
    page.until = time.monotonic() - 60
    assert not page.may_be_shown()


def test_pages_stay_within_the_memory_limit() -> None:
    pages = PageCache(most=100_000)
    for number in range(1000):
        pages.keep((str(number),), a_page(1000))
        pages.find((str(number % 7),))
    assert 30_000 < pages.weight <= 100_000


def test_a_page_that_is_read_outlives_one_that_is_not() -> None:
    pages = PageCache(most=100_000)
    for number in range(200):
        pages.keep((str(number),), a_page(1000))
        pages.find((str(number),))  # the second look protects it
        pages.find(("0",))
    assert pages.find(("0",))
    assert pages.find(("1",)) is None


def test_a_crawl_of_all_pages_evicts_nothing_that_is_read() -> None:
    pages = PageCache(most=100_000)
    for number in range(20):
        pages.keep((f"read {number}",), a_page(1000))
        pages.find((f"read {number}",))
    for number in range(1000):
        pages.keep((f"walked {number}",), a_page(1000))
    assert all(pages.find((f"read {number}",)) for number in range(20))
