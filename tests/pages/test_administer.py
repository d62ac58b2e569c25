"""An admin changes the forum in the browser, also on a phone, by keyboard and without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import ADMIN

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scripts"), [(390, False), (1440, True)], ids=["phone without scripts", "desk"])
def test_a_board_is_created_nested_ordered_and_deleted(visit: Callable[..., Page], width: int, scripts: bool) -> None:
    title = f"Workshop {width}"
    page = visit("/", as_member=ADMIN, width=width, scripts=scripts)
    page.get_by_label("Your menu").click()
    page.get_by_role("link", name="Administration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Administration")
    page.get_by_role("navigation", name="Administration").get_by_role("link", name="Boards").click()
    page.get_by_role("link", name="Create board").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Who can see it").select_option("Moderators")
    page.get_by_role("button", name="Create board").press("Enter")
    expect(page.locator(".toast")).to_contain_text("Board created.")
    row = page.locator(".admin-row", has_text=title)
    expect(row).to_contain_text("Moderators")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name=f"Move {title} up").press("Enter")
    expect(row.locator("xpath=following-sibling::li")).to_have_count(1)
    row.get_by_role("link").click()
    page.get_by_role("button", name="Delete board").click()
    expect(page.locator(".toast")).to_contain_text("Board deleted.")
    expect(page.locator(".admin-row", has_text=title)).to_have_count(0)
