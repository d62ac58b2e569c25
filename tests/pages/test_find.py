"""Searching by keyboard: what is typed is offered, a choice is opened, and Enter alone searches as without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_threads_are_offered_while_typing_and_opened_by_keyboard(visit: Callable[..., Page]) -> None:
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


def test_a_choice_is_opened_by_mouse_on_a_phone(visit: Callable[..., Page]) -> None:
    page = visit("/search", width=390)
    page.goto("/search")
    page.locator("#q").press_sequentially("lunar", delay=20)
    first = page.locator(".found [role=option]").first
    expect(first).to_be_visible()
    title = first.inner_text()
    first.click()
    expect(page.locator("h1")).to_contain_text(title)
