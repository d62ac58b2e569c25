"""Users Who Are Viewing This Thread, with two real browsers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def text_of(total: int, members: int, guests: int) -> re.Pattern[str]:
    words = f"Users Who Are Viewing This Thread (Total: {total}, Members: {members}, Guests: {guests})"
    return re.compile(re.escape(words))


def test_two_browsers_see_each_other_arrive_and_leave(visit: Callable[..., Page], thread: str) -> None:
    anna = visit(thread, as_member="anna")
    expect(anna.locator("#viewers")).to_contain_text(text_of(1, 1, 0))
    guest = visit(thread)
    expect(guest.locator("#viewers")).to_contain_text(text_of(2, 1, 1))
    expect(guest.locator("section, div", has=guest.locator("#viewers")).last).to_contain_text("anna")
    expect(anna.locator("#viewers")).to_contain_text(text_of(2, 1, 1), timeout=8000)
    guest.goto("/members")
    expect(anna.locator("#viewers")).to_contain_text(text_of(1, 1, 0), timeout=8000)


def test_a_member_with_two_tabs_counts_once_until_both_are_closed(visit: Callable[..., Page], thread: str) -> None:
    ben = visit(thread, as_member="ben")
    second = ben.context.new_page()
    second.goto(thread)
    watcher = visit(thread, as_member="mona")
    expect(watcher.locator("#viewers")).to_contain_text(text_of(2, 2, 0), timeout=8000)
    second.close(run_before_unload=True)
    watcher.wait_for_timeout(6000)
    expect(watcher.locator("#viewers")).to_contain_text(text_of(2, 2, 0))
    ben.goto("/members")
    expect(watcher.locator("#viewers")).to_contain_text(text_of(1, 1, 0), timeout=8000)


def test_without_scripts_the_block_is_right_when_the_page_loads(visit: Callable[..., Page], thread: str) -> None:
    page = visit(thread, scripts=False, width=820)
    assert re.search(r"Total: \d+, Members: \d+, Guests: [1-9]", page.inner_text("#viewers"))
