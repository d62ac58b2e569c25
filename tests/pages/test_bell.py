"""The panel under the bell, by mouse and keyboard, and the number in other tabs and in the title."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_live_replies import reply

pytestmark = pytest.mark.browser


def test_the_panel_opens_by_keyboard_is_seen_and_gives_the_focus_back(visit: Callable[..., Page], thread: str) -> None:
    reply(visit(thread, as_member="ben"), "Words for the starter")
    mona = visit("/members", as_member="mona")
    badge, panel = mona.locator(".bell .badge"), mona.locator(".panel")
    expect(badge).to_have_count(1)
    assert mona.title().startswith("(")
    other = mona.context.new_page()
    other.goto("/whats-new")
    mona.bring_to_front()
    mona.locator(".bell").focus()
    mona.keyboard.press("Enter")
    expect(panel.locator(".notification-row").first).to_contain_text("Seen by")
    expect(mona.locator("#panel-title")).to_be_focused()
    expect(badge).to_have_count(0)
    expect(other.locator(".bell .badge")).to_have_count(0)
    assert not mona.title().startswith("(")
    mona.keyboard.press("ArrowDown")
    expect(panel.locator("a").first).to_be_focused()
    mona.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(mona.locator(".bell")).to_be_focused()
    mona.locator(".bell").click()
    panel.get_by_role("button", name="Mark all read").click()
    expect(panel.locator(".unread")).to_have_count(0)
    mona.locator("h1").click()
    expect(panel).to_have_count(0)


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_the_panel_is_within_the_screen(visit: Callable[..., Page], thread: str, width: int) -> None:
    reply(visit(thread, as_member="ben"), "Words for the starter")
    mona = visit("/members", as_member="mona", width=width)
    mona.locator(".bell").click()
    expect(mona.locator(".panel .notification-row").first).to_be_visible()
    box = mona.locator(".panel").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_without_scripts_the_bell_leads_to_the_page(visit: Callable[..., Page]) -> None:
    anna = visit("/members", as_member="anna", scripts=False)
    anna.locator(".bell").click()
    expect(anna.locator("h1")).to_have_text("Notifications")
