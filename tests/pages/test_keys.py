"""The list of shortcuts: a dialog with scripts, a separate page without; single-key shortcuts can be turned off."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]


def test_the_list_opens_over_the_page_and_single_key_shortcuts_can_be_turned_off(visit: Callable[..., Page]) -> None:
    page = visit("/")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys).to_be_visible()
    keys.get_by_label("Use single-key shortcuts").uncheck()
    keys.get_by_role("button", name="Close").click()
    expect(keys).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#find")).not_to_be_focused()
    page.reload()
    page.keyboard.press("?")
    expect(keys).to_be_hidden()
    page.get_by_role("link", name="Keyboard").click()
    expect(keys.get_by_label("Use single-key shortcuts")).not_to_be_checked()
    keys.get_by_label("Use single-key shortcuts").check()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()


def test_without_scripts_the_list_is_a_separate_page(visit: Callable[..., Page]) -> None:
    page = visit("/", scripts=False)
    page.get_by_role("link", name="Keyboard").click()
    assert page.url.endswith("/keys")
    expect(page.get_by_text("Next, previous post or thread")).to_be_visible()
