"""What members' texts look like in a browser: previews, quotes, long words."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_talk import board_of

pytestmark = pytest.mark.browser


def test_the_preview_says_why_a_text_cannot_be_a_post(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member="ben")
    page.goto(f"{board_of(page)}/post-thread")
    page.click('[data-tool="preview"]')
    page.fill("[name=body]", "#")
    expect(page.locator(".preview")).to_have_text("This post would show nothing. Write some text.")
    page.fill("[name=body]", "# A heading")
    expect(page.locator(".preview h3")).to_have_text("A heading")
