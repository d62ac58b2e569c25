"""Searching by keyboard: suggestions while typing, opening one, and Enter alone, which searches as without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_threads_are_suggested_while_typing_and_opened_by_keyboard(visit: Callable[..., Page]) -> None:
    page = visit("/")
    page.goto("/")
    field = page.locator("#find")
    field.focus()
    field.press_sequentially("lunar sta", delay=20)
    options = page.locator(".found [role=option]")
    expect(options.first).to_contain_text("lunar station", ignore_case=True)
    expect(options.first.locator("mark").first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    chosen = options.first
    expect(chosen).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
    title = chosen.inner_text()
    field.press("Enter")
    expect(page.locator("h1")).to_contain_text(title)


def test_escape_closes_the_list_and_enter_searches(visit: Callable[..., Page]) -> None:
    page = visit("/search")
    page.goto("/search")
    field = page.locator("#q")
    field.press_sequentially("lunar", delay=20)
    expect(page.locator(".found [role=option]").first).to_be_visible()
    field.press("Escape")
    expect(page.locator(".found")).to_be_hidden()
    expect(field).to_have_value("lunar")
    field.press("Enter")
    page.wait_for_url("**/search?q=lunar*")
    expect(page.locator(".hits mark").first).to_be_visible()
    expect(page.locator(".found")).to_be_hidden()


def test_the_last_row_links_to_all_results_with_the_current_filters(visit: Callable[..., Page]) -> None:
    page = visit("/search")
    page.goto("/search?board=4")
    field = page.locator("#q")
    field.press_sequentially("lunar", delay=20)
    last = page.locator(".found [role=option]").last
    expect(last).to_have_text("See all results")
    field.press("ArrowUp")
    expect(last).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    page.wait_for_url("**/search?q=lunar&board=4")
    expect(page.locator(".hits mark").first).to_be_visible()


def test_the_search_page_works_by_keyboard_alone_and_without_scripts(visit: Callable[..., Page]) -> None:
    page = visit("/search?q=lunar", scripts=False)
    page.locator("#q").focus()
    for _ in range(2):
        page.keyboard.press("Tab")  # past the filters button
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("beijingwalker")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=lunar&author=beijingwalker*")
    expect(page.locator(".hit").first).to_contain_text("beijingwalker")
    expect(page.locator("#author")).to_be_visible()


def test_a_slash_focuses_the_field_of_the_search_page(visit: Callable[..., Page]) -> None:
    page = visit("/search?q=lunar")
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_a_suggestion_is_opened_by_tap_on_a_phone(visit: Callable[..., Page]) -> None:
    page = visit("/search", width=390)
    page.goto("/search")
    page.locator("#q").press_sequentially("lunar", delay=20)
    first = page.locator(".found [role=option]").first
    expect(first).to_be_visible()
    title = first.inner_text()
    first.click()
    expect(page.locator("h1")).to_contain_text(title)
