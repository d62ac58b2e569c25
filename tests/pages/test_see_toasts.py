"""Toasts are visible wherever the page is scrolled to, with an undo button."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def delete_own_post(visit: Callable[..., Page], thread: str, *, width: int, scripts: bool = True) -> Page:
    page = visit(thread, as_member="ben", width=width, scripts=scripts)
    page.fill("#reply [name=body]", "A post that goes. " * 40)
    page.click("#reply button[type=submit]")
    page.wait_for_url("**/*#post-2")
    page.locator("#post-2 details.menu summary").click()
    page.locator("#post-2").get_by_role("button", name="Delete").click()
    page.wait_for_selector(".toast")
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("width", [360, 390, 1440])
def test_a_toast_is_on_the_screen_and_its_button_undoes_the_action(
    visit: Callable[..., Page], thread: str, width: int, scripts: bool
) -> None:
    page = delete_own_post(visit, thread, width=width, scripts=scripts)
    toast = page.locator(".toast")
    expect(toast).to_be_in_viewport(ratio=1)
    expect(toast).to_contain_text("Post deleted.")
    box = toast.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Post restored.")
    expect(page.locator("#post-2 .post-body")).to_contain_text("A post that goes.")


def test_a_toast_is_closed_by_its_button_and_does_not_come_again(visit: Callable[..., Page], thread: str) -> None:
    page = delete_own_post(visit, thread, width=390)
    page.locator(".toast").get_by_role("button", name="Close").click()
    expect(page.locator(".toast")).to_have_count(0)
    page.reload()
    expect(page.locator(".toast")).to_have_count(0)


def test_a_long_message_does_not_break_the_word_undo(visit: Callable[..., Page], thread: str) -> None:
    page = delete_own_post(visit, thread, width=360)
    text, undo = page.locator(".toast p"), page.locator(".toast .link")
    text.evaluate("text => { text.textContent = 'Everything this member writes waits for approval now. '.repeat(3); }")
    lines = undo.evaluate(
        "link => { const range = new Range(); range.selectNodeContents(link); return range.getClientRects().length; }"
    )
    assert lines == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
