"""The composer on a phone and at a desk."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.test_prefetch import write

pytestmark = pytest.mark.browser


@pytest.fixture
def board(visit: Callable[..., Page]) -> str:
    return str(visit("/").locator('a[href^="/boards/"]').first.get_attribute("href"))


def test_every_tool_is_on_the_screen_of_a_phone(visit: Callable[..., Page], board: str) -> None:
    page = visit(f"{board}/post-thread", as_member="anna", width=360)
    for name in ("Smilie", "Spoiler", "Preview"):
        box = page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_tool_can_be_used_once_its_script_is_loaded(visit: Callable[..., Page], board: str) -> None:
    page = visit("/", as_member="anna")
    held: list[Route] = []
    page.route("**/composer*.js*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright wraps it
    page.goto(f"{board}/post-thread", wait_until="domcontentloaded")
    preview = page.get_by_role("button", name="Preview", exact=True)
    expect(preview).to_be_disabled()
    page.fill("[name=body]", "*here*")
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    preview.click()
    expect(page.locator(".preview em")).to_have_text("here")


def test_no_button_promises_pictures_where_posts_show_none(visit: Callable[..., Page], board: str) -> None:
    page = visit(f"{board}/post-thread", as_member="anna")
    expect(page.get_by_role("button", name="Spoiler", exact=True)).to_have_count(1)
    expect(page.get_by_role("button", name="Image", exact=True)).to_have_count(0)


def test_a_long_title_is_counted_before_it_is_too_long(visit: Callable[..., Page], board: str) -> None:
    page = visit(f"{board}/post-thread", as_member="anna")
    page.fill("[name=title]", "short")
    expect(page.locator("[data-counts]")).to_be_hidden()
    page.fill("[name=title]", "x" * 120)
    expect(page.locator("[data-counts]")).to_have_text("120 / 150")


def test_those_on_the_page_are_offered_after_an_at_sign_even_offline(visit: Callable[..., Page], board: str) -> None:
    page = visit(f"{board}/post-thread", as_member="ben")
    page.fill("[name=title]", "Who is here")
    page.fill("[name=body]", "Words of ben")
    page.locator("main form button[type=submit]", has_text="Post").last.click()
    page.wait_for_selector("#post-1")
    page.click("[data-reply]")
    page.context.set_offline(True)
    page.keyboard.type("Hello @b")
    expect(page.locator("#completions [role=option]").first).to_have_text("ben")


def test_those_on_the_other_pages_of_the_thread_are_asked_for_after_an_at_sign(
    visit: Callable[..., Page], thread: str
) -> None:
    page = visit(thread, as_member="ben")
    for number in range(20):
        write(page, thread, f"Reply number {number}")
    page.goto(f"{thread}?page=2")
    page.click("[data-reply]")
    with page.expect_request("**/suggest/members?*") as asked:
        page.keyboard.type("Hello @mo")
    query = parse_qs(urlsplit(asked.value.url).query)
    assert f"/threads/{query['thread'][0]}-" in thread
    expect(page.locator("#completions [role=option]").first).to_have_text("mona")


@pytest.mark.parametrize("width", [390, 1440])
def test_what_is_typed_right_after_reply_is_on_the_screen(visit: Callable[..., Page], thread: str, width: int) -> None:
    page = visit(thread, as_member="anna", width=width)
    for number in range(19):
        write(page, thread, f"Reply number {number}\n\nwith a second line")
    page.goto(thread)
    expect(page.locator("#post-20")).to_have_count(1)
    page.locator("[data-reply]").first.click()
    page.keyboard.type("Hello")
    expect(page.locator("#body")).to_be_focused()
    expect(page.locator("#body")).to_have_value("Hello")
    page.wait_for_timeout(600)
    box = page.locator("#body").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 900 - box["height"] / 2


def test_a_discarded_edit_gives_back_text_and_title(visit: Callable[..., Page], board: str) -> None:
    page = visit(f"{board}/post-thread", as_member="anna")
    page.fill("[name=title]", "The title before")
    page.fill("[name=body]", "The words before.")
    page.locator("main form button[type=submit]", has_text="Post").last.click()
    page.wait_for_selector("#post-1")
    edit = str(page.locator("#post-1").locator("..").locator('a[href$="/edit"]').first.get_attribute("href"))
    page.goto(edit)
    page.fill("[name=title]", "The title after")
    page.fill("[name=body]", "The words after.")
    expect(page.locator("[data-status]")).to_have_text("Draft saved")
    page.goto(edit)
    expect(page.locator("[name=title]")).to_have_value("The title after")
    with page.expect_response("**/drafts"):
        page.get_by_role("button", name="Discard").click()
    expect(page.locator("[name=title]")).to_have_value("The title before")
    expect(page.locator("[name=body]")).to_have_value("The words before.")
    page.goto(edit)
    expect(page.locator("[name=title]")).to_have_value("The title before")
    expect(page.locator("[data-status]")).to_be_empty()
