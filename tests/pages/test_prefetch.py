"""A prefetched thread page counts as read only once it is displayed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.test_live_replies import SECONDS, reply

pytestmark = pytest.mark.browser


def prefetched(page: Page, address: str) -> None:
    """Open a page whose HTML, and nothing else, was prefetched."""

    def ahead(route: Route) -> None:
        route.fulfill(response=route.fetch(headers=route.request.headers | {"sec-purpose": "prefetch"}))

    page.route("**/threads/**", ahead, times=1)
    page.goto(address)


def test_a_prefetched_page_is_read_once_it_is_displayed(visit: Callable[..., Page], thread: str) -> None:
    ben = visit(thread, as_member="ben")
    reply(ben, "Words that mona has not read")
    mona = visit("/members", as_member="mona")
    badge = mona.locator(".bell .badge")
    before = int(badge.text_content() or 0)
    prefetched(mona, thread)
    expect(mona.locator(".mark-new")).to_have_count(1)
    if before > 1:
        expect(badge).to_have_text(str(before - 1), timeout=SECONDS)
    else:
        expect(badge).to_have_count(0, timeout=SECONDS)
    mona.reload()
    expect(mona.locator("#post-2")).to_have_count(1)
    expect(mona.locator(".mark-new")).to_have_count(0)


def test_a_page_in_the_middle_of_a_thread_is_read_to_its_last_post(visit: Callable[..., Page], thread: str) -> None:
    ben = visit(thread, as_member="ben")
    for number in range(21):
        write(ben, thread, f"Reply number {number}")
    mona = visit("/members", as_member="mona")
    with mona.expect_response("**/viewers"):
        prefetched(mona, thread)
    expect(mona.locator(".mark-new")).to_have_count(19)
    mona.goto(thread)
    expect(mona.locator("#post-20")).to_have_count(1)
    expect(mona.locator(".mark-new")).to_have_count(0)
    mona.goto(f"{thread}?page=2")
    expect(mona.locator(".mark-new")).to_have_count(2)


def write(page: Page, thread: str, words: str) -> None:
    """Reply without following the redirect."""
    token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    answer = page.request.post(f"{thread}/reply", form={"csrf_token": token, "body": words}, max_redirects=0)
    assert answer.status == 303
