"""Every item of every menu is on the screen and clickable, wherever the menu's button is."""

from collections.abc import Callable
from itertools import product

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import ADMIN

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
PHONES, WIDE = (320, 360, 390), (820, 1440)
ITEMS = ".menu-list :is(a, button, input:not([type=hidden]))"
OF_SCREEN = """item => {
    const box = item.getBoundingClientRect();
    const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return {
        name: item.textContent.trim() || item.name,
        inside: box.left >= 0 && box.top >= 0 && box.bottom <= innerHeight
            && box.right <= document.documentElement.clientWidth,
        reached: item === over || item.contains(over),
    };
}"""


def the_thread(page: Page) -> None:
    page.goto("/")
    page.goto(str(page.locator('a[href^="/threads/6-"]').first.get_attribute("href")))


def unreachable(menu: Locator) -> list[str]:
    """The items of an opened menu that are off-screen or covered by another element."""
    menu.locator("summary").click()
    menu.page.wait_for_timeout(100)
    items = menu.locator(ITEMS)
    found = [item.evaluate(OF_SCREEN) for item in items.all()]
    assert found
    menu.locator("summary").evaluate("summary => summary.parentElement.open = false")
    return [str(item["name"]) for item in found if not (item["inside"] and item["reached"])]


def shown_menus(page: Page) -> list[Locator]:
    return [menu for menu in page.locator(".menu").all() if menu.locator("summary").is_visible()]


@pytest.mark.parametrize("width", PHONES + WIDE)
def test_every_item_of_every_menu_of_a_thread_can_be_clicked(visit: Callable[..., Page], width: int) -> None:
    page = visit("/", as_member=ADMIN, width=width)
    the_thread(page)
    menus = shown_menus(page)
    assert len(menus) >= 4  # the member's, "Moderate" and two posts' "…"; on phones the forum's too
    for menu, block in product(menus, ("start", "center", "end")):
        # at once: the page scrolls smoothly while something in it has the focus
        menu.evaluate("(menu, block) => menu.scrollIntoView({ block, behavior: 'instant' })", block)
        if block == "start":
            page.evaluate("scrollBy({ top: -80, behavior: 'instant' })")  # out from under the sticky header
        assert unreachable(menu) == []


def test_the_long_menu_of_a_thread_fits_between_header_and_foot_of_a_low_window(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member=ADMIN, width=820)
    the_thread(page)
    page.set_viewport_size({"width": 820, "height": 680})
    assert unreachable(page.locator(".menu", has=page.locator("summary", has_text="Moderate"))) == []


@pytest.mark.parametrize("width", PHONES)
def test_every_item_is_reachable_on_phones_without_scripts(visit: Callable[..., Page], width: int) -> None:
    page = visit("/", as_member=ADMIN, width=width, scripts=False)
    the_thread(page)
    for menu in shown_menus(page):
        assert unreachable(menu) == []


@pytest.mark.parametrize("width", PHONES)
def test_a_guests_menu_is_on_the_screen(visit: Callable[..., Page], width: int) -> None:
    for menu in shown_menus(visit("/", width=width)):
        assert unreachable(menu) == []


def test_arrow_keys_go_from_item_to_item_of_an_open_menu(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member="anna")
    page.locator(".top summary[aria-label*='anna']").focus()
    page.keyboard.press("Enter")
    items = page.locator(".top .menu[open] .menu-list :is(a, button)")
    page.keyboard.press("ArrowDown")
    expect(items.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(items.last).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(items.nth(1)).to_be_focused()
