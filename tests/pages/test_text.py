"""Members' texts in a browser: previews, quotes, text direction."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_talk import board_of

pytestmark = pytest.mark.browser


SELECT = """post => {
    const range = document.createRange();
    range.selectNodeContents(post);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
}"""


def test_selected_text_is_quoted_as_it_is_displayed(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member="anna")
    page.goto(f"{board_of(page)}/post-thread")
    page.fill("[name=title]", "A thread to quote from")
    page.fill("[name=body]", "version: 4.1.89 of *snake_case* (see #5), \\*not emphasis\\* :coffee:")
    page.locator("main form button[type=submit]", has_text="Post").last.click()
    page.wait_for_selector("#post-1 .post-body")
    page.locator("#post-1 .post-body p").evaluate(SELECT)
    page.locator(".pill.at button").click()
    number = page.locator("#post-1").get_attribute("data-post-id")
    expect(page.locator("#body")).to_have_value(
        f"> [anna said:](/posts/{number})\n> version: 4.1.89 of snake_case (see #5), \\*not emphasis* ☕\n\n"
    )


STARTS = """paragraph => {
    const range = document.createRange();
    range.selectNodeContents(paragraph);
    const [box, line] = [paragraph.getBoundingClientRect(), range.getClientRects()[0]];
    return box.right - line.right < line.left - box.left ? "right" : "left";
}"""


def test_hebrew_and_latin_paragraphs_of_a_post_each_align_to_their_own_side(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member="mona", width=820)
    page.goto(f"{board_of(page)}/post-thread")
    page.fill("[name=title]", "שלום לכולם")
    page.fill("[name=body]", "שלום\n\nHello\n\n- אחת\n- שתיים\n\n`code` שלום")
    for field in ("[name=title]", "[name=body]"):
        assert page.locator(field).evaluate("each => getComputedStyle(each).direction") == "rtl"
    page.locator("main form button[type=submit]", has_text="Post").last.click()
    page.wait_for_selector("#post-1")
    assert page.locator("h1").evaluate(STARTS) == "right"
    assert [each.evaluate(STARTS) for each in page.locator("#post-1 .post-body > p").all()] == [
        "right",
        "left",
        "right",
    ]
    assert page.locator("#post-1 .post-body li").first.evaluate(STARTS) == "right"
    assert page.locator("#post-1 .post-body code").evaluate("each => getComputedStyle(each).direction") == "ltr"


def test_the_preview_says_why_a_text_cannot_be_posted(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member="ben")
    page.goto(f"{board_of(page)}/post-thread")
    page.click('[data-tool="preview"]')
    page.fill("[name=body]", "#")
    expect(page.locator(".preview")).to_have_text("This post would be empty. Write some text.")
    page.fill("[name=body]", "# A heading")
    expect(page.locator(".preview h3")).to_have_text("A heading")
