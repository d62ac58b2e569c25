"""A private conversation in the browser: reacting by keyboard and without a script, and how its pages look."""

from collections.abc import Callable, Sequence
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.pages.conftest import send
from tests.pages.test_axe import LOOKS, Scheme, faults

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LONG = "> " + "\n> ".join(f"Line {number} of a long quote  " for number in range(60))


def begin(context: BrowserContext, body: str = "Shall we go to the sea?") -> str:
    """Start a conversation of anna and ben, as anna; returns its path."""
    text = f"{body}\n\n{uuid4().hex}"
    return send(context, "/conversations/new", to="ben", title="A trip to the sea", body=text)


def test_a_reaction_is_given_and_taken_back_by_keyboard(visit: Callable[..., Page]) -> None:
    talk = begin(visit("/", as_member="anna").context)
    page = visit(talk, as_member="ben")
    link, bar = page.locator("#message-1 [data-react]"), page.locator("#message-1 .reacted")
    expect(page.locator("#message-1")).to_be_visible()
    page.wait_for_load_state("networkidle")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#react-list")).to_be_visible()
    page.keyboard.press("Enter")
    expect(bar).to_contain_text("You")
    expect(page.locator("#message-1 .mine")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#react-list [aria-pressed=true]").focus()
    page.keyboard.press("Enter")
    expect(bar).to_have_count(0)
    assert page.url.endswith(talk)


def test_a_reaction_is_given_without_a_script(visit: Callable[..., Page]) -> None:
    talk = begin(visit("/", as_member="anna").context)
    page = visit(talk, as_member="ben", scripts=False)
    page.locator("#message-1 [data-react]").click()
    page.locator(".react-page button").first.click()
    expect(page.locator("#message-1 .reacted")).to_contain_text("You")


def test_a_long_quote_can_be_opened(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member="anna")
    page.goto(begin(page.context, LONG))
    page.locator("#message-1 .unfold").click()
    expect(page.get_by_text("Line 59 of a long quote")).to_be_in_viewport(ratio=0)
    expect(page.locator("#message-1 .unfold")).to_have_count(0)


@pytest.mark.node
@pytest.mark.parametrize(("width", "schemes"), LOOKS, ids=["phone", "desk"][: len(LOOKS)])
def test_its_pages_fit_and_have_no_faults(visit: Callable[..., Page], width: int, schemes: Sequence[Scheme]) -> None:
    talk = begin(visit("/", as_member="anna").context)
    page = visit(talk, as_member="ben", width=width)
    message = str(page.locator("#message-1 .post-number").get_attribute("href"))
    page.goto(f"{message}/reactions")
    page.locator(".react-page button").first.click()
    expect(page.locator("#message-1 .reacted")).to_be_visible()
    of_it = [f"{talk}/{each}" for each in ("invite", "leave", "title")]
    for path in (talk, *of_it, f"{message}/reactions", f"{message}/report", "/conversations?q=sea"):
        page.goto(path)
        assert faults(page, schemes) == [], path
        assert page.evaluate(WIDE) <= 0, path
