"""axe-core finds nothing on any page, in light and dark, on phones and desks."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.parts import NODE_MODULES, in_ci

pytestmark = [pytest.mark.browser, pytest.mark.node]
LOOKS = [(390, True), (1440, False), *([(390, False), (1440, True)] if in_ci() else [])]  # width, dark
GUEST = (
    "/",
    "/whats-new",
    "/members",
    "/search?q=lunar",
    "/login",
    "/register",
    "/reset",
    "/terms",
    "/help",
    "/contact",
    "/api/docs",
    "/nowhere",
)
MEMBER = (
    "/",
    "/whats-new",
    "/alerts",
    "/account",
    "/account/password",
    "/account/email",
    "/account/sessions",
    "/account/tokens",
)


def faults(page: Page) -> list[str]:
    page.evaluate((Path(NODE_MODULES) / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    return [
        f"{each['id']}: {node['html'][:150]} {node['failureSummary'][:200]}" for each in found for node in each["nodes"]
    ]


def links(page: Page) -> list[str]:
    """A board, the document's thread and a member, as the index links them."""
    page.goto("/")
    wanted = ('a[href^="/boards/"]', 'a[href^="/threads/"]', 'a[href^="/members/"]')
    return [str(page.locator(each).first.get_attribute("href")) for each in wanted]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_guests_pages(visit: Callable[..., Page], width: int, dark: bool) -> None:
    page = visit("/", width=width, dark=dark)
    for path in (*GUEST, *links(page)):
        page.goto(path)
        assert faults(page) == [], path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_members_pages(visit: Callable[..., Page], dark: bool) -> None:
    page = visit("/", as_member="anna", dark=dark, width=820)
    board, *others = links(page)
    for path in (*MEMBER, *others, board, f"{board}/post-thread"):
        page.goto(path)
        assert faults(page) == [], path


def test_no_page_is_wider_than_a_small_phone(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member="anna", width=320)
    board, *others = links(page)
    for path in (*GUEST, *MEMBER, *others, board, f"{board}/post-thread"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
