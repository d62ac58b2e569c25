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
    page.get_by_role("button", name="Create board").press("Enter")
    expect(page.locator(".toast")).to_contain_text("Board created.")
    row = page.locator(".admin-row", has_text=title)
    expect(row).to_contain_text("Seen by everybody")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name=f"Move {title} up").press("Enter")
    expect(row.locator("xpath=following-sibling::li[contains(@class, 'depth-0')]")).to_have_count(1)
    row.get_by_role("link", name=title).click()
    page.get_by_role("button", name="Delete board").click()
    expect(page.locator(".toast")).to_contain_text("Board deleted.")
    expect(page.locator(".admin-row", has_text=title)).to_have_count(0)


def test_a_board_is_dragged_to_another_place_and_into_another_board(visit: Callable[..., Page]) -> None:
    page = visit("/admin/boards", as_member=ADMIN)
    for title in ("Drag one", "Drag two", "Drag three"):
        page.goto("/admin/boards/new")
        page.get_by_label("Title").fill(title)
        page.get_by_role("button", name="Create board").press("Enter")

    def drag(title: str, below: str, *, right: int) -> None:
        handle = page.locator(".admin-row", has_text=title).locator(".drag")
        handle.hover()  # which waits until nothing moves any more
        start, target = handle.bounding_box(), page.locator(".admin-row", has_text=below).bounding_box()
        assert start is not None
        assert target is not None
        page.mouse.down()
        page.mouse.move(start["x"] + 9 + right, target["y"] + target["height"] * 0.8, steps=5)
        with page.expect_event("load"):  # not a navigation, which the changed fragment is too
            page.mouse.up()

    drag("Drag three", "Drag one", right=0)
    order = page.locator(".admin-row", has_text="Drag").locator(".link")
    expect(order).to_have_text(["Drag one", "Drag three", "Drag two"])
    drag("Drag two", "Drag one", right=30)
    expect(order).to_have_text(["Drag one", "Drag two", "Drag three"])
    expect(page.locator(".admin-row.depth-1", has_text="Drag two")).to_have_count(1)


@pytest.mark.parametrize(("width", "scripts"), [(390, False), (1440, True)], ids=["phone without scripts", "desk"])
def test_a_group_gets_a_board_of_its_own_and_an_answer_says_why(
    visit: Callable[..., Page], width: int, scripts: bool
) -> None:
    group, board = f"Keepers {width}", f"Shed {width}"
    page = visit("/admin/groups", as_member=ADMIN, width=width, scripts=scripts)
    page.get_by_role("link", name="Create group").click()
    page.get_by_label("Title").fill(group)
    page.get_by_role("button", name="Create group").press("Enter")
    page.get_by_label("Name").fill("anna")
    page.get_by_role("button", name="Add member").press("Enter")
    expect(page.locator("#members")).to_contain_text("anna")
    page.goto("/admin/boards/new")
    page.get_by_label("Title").fill(board)
    page.get_by_role("button", name="Create board").press("Enter")
    page.locator(".admin-row", has_text=board).get_by_role("link", name="Seen by everybody").click()
    expect(page.get_by_label(group, exact=True)).not_to_be_visible()  # the default list counts
    page.get_by_label("A list of its own").check()
    page.get_by_label("Guests", exact=True).select_option("No access")
    page.get_by_label("Members", exact=True).select_option("No access")
    page.get_by_label(group, exact=True).select_option("See and reply")
    page.get_by_label(f"Moderate – {group}").check()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Save access").press("Enter")
    expect(page.locator(".toast")).to_contain_text("Saved.")
    page.get_by_role("link", name="What may they do?").click()
    page.get_by_label("Member").fill("anna")
    page.get_by_role("button", name="Show").press("Enter")
    acts = page.locator("main section").first.locator("li")
    expect(acts.nth(1)).to_contain_text("Reply Yes")
    expect(acts.nth(2)).to_contain_text("Start threads No")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto("/admin/boards")
    expect(page.locator(".admin-row", has_text=board)).to_contain_text(f"Seen by: Moderators, {group}")


def test_a_group_without_access_does_not_moderate(visit: Callable[..., Page]) -> None:
    page = visit("/admin/boards/1/access", as_member=ADMIN)
    page.get_by_label("A list of its own").check()
    level, moderates = page.get_by_label("Moderators", exact=True), page.get_by_label("Moderate – Moderators")
    level.select_option("See")
    moderates.check()
    level.select_option("No access")
    expect(moderates).not_to_be_checked()
    moderates.check()
    expect(level).to_have_value("see")
