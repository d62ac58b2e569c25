"""Replies that arrive while a thread is open, in real browsers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SECONDS = 3_000  # milliseconds within which a reply must arrive


def wait_for_heartbeat(page: Page) -> None:
    """Wait until the first heartbeat is answered."""
    page.wait_for_timeout(600)


def reply(page: Page, words: str) -> None:
    page.fill("#reply [name=body]", words)
    page.click("#reply button[type=submit]")
    page.wait_for_url("**/*#post-*")


@pytest.mark.parametrize("reader", ["", "anna"], ids=["guest", "member"])
def test_replies_arrive_in_an_open_thread_within_three_seconds(
    visit: Callable[..., Page], thread: str, reader: str
) -> None:
    ben = visit(thread, as_member="ben")
    page = visit(thread, as_member=reader)
    before = page.title()  # with what else the member has not seen
    unseen, title = re.findall(r"^(?:\((\d+)\) )?(.*)", before)[0]
    page.set_viewport_size({"width": 900, "height": 260})  # the end of the posts is below the fold
    wait_for_heartbeat(page)
    reply(ben, "The first words that arrive")
    expect(page.locator("#post-2 .post-body")).to_contain_text("The first words that arrive", timeout=SECONDS)
    expect(page.locator(".pill")).to_have_text("1 new reply")
    assert page.title() == f"({max(1, int(unseen or 0))}) {title}"
    assert page.evaluate("scrollY") == 0
    reply(ben, "The second words that arrive")
    expect(page.locator("#post-3 .post-body")).to_contain_text("The second words that arrive", timeout=SECONDS)
    expect(page.locator(".pill")).to_have_text("2 new replies")
    page.locator(".pill a").click()
    page.locator("#post-3").scroll_into_view_if_needed()
    expect(page.locator(".pill")).to_have_count(0)
    assert page.title() in {title, before}


def test_replies_that_were_seen_are_read_and_the_bell_counts_the_unseen_ones(
    visit: Callable[..., Page], thread: str
) -> None:
    ben = visit(thread, as_member="ben")
    mona = visit(thread, as_member="mona")
    before = int(mona.locator(".bell .badge").text_content() or 0) if mona.locator(".bell .badge").count() else 0
    mona.set_viewport_size({"width": 900, "height": 260})
    wait_for_heartbeat(mona)
    reply(ben, "Words for the starter")
    expect(mona.locator(".bell .badge")).to_have_text(str(before + 1), timeout=SECONDS)
    mona.locator("#post-2").scroll_into_view_if_needed()
    if before:
        expect(mona.locator(".bell .badge")).to_have_text(str(before), timeout=2 * SECONDS)
    else:
        expect(mona.locator(".bell .badge")).to_have_count(0, timeout=2 * SECONDS)
    mona.reload()
    expect(mona.locator(".mark-new")).to_have_count(0)


def test_replying_past_unseen_posts_says_so_and_marks_only_others_new(visit: Callable[..., Page], thread: str) -> None:
    anna = visit(thread, as_member="anna", scripts=False)
    ben = visit(thread, as_member="ben")
    reply(ben, "Posted while anna writes")
    reply(anna, "Written over it")
    expect(anna.locator(".toast")).to_contain_text("1 unread reply was posted before yours.")
    expect(anna.locator("#post-2 .mark-new")).to_have_count(1)
    expect(anna.locator("#post-3 .mark-new")).to_have_count(0)


def test_what_is_typed_stays_in_place_when_a_reply_arrives(visit: Callable[..., Page], thread: str) -> None:
    ben = visit(thread, as_member="ben")
    anna = visit(thread, as_member="anna")
    anna.set_viewport_size({"width": 900, "height": 500})
    anna.click("[data-reply]")
    anna.keyboard.type("Half a thought")
    wait_for_heartbeat(anna)
    box = anna.locator("#body").bounding_box()
    reply(ben, "\n\n".join(f"Line {number}" for number in range(12)))
    expect(anna.locator("#post-2")).to_have_count(1, timeout=SECONDS)
    after = anna.locator("#body").bounding_box()
    assert box is not None
    assert after is not None
    assert abs(after["y"] - box["y"]) < 2
    expect(anna.locator("#body")).to_have_value("Half a thought")
