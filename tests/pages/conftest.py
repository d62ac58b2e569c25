"""One served forum and one browser for all page tests."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.factories import PASSWORD
from tests.parts import require_part
from tests.running import browser, create_member, served

MEMBERS = ("anna", "ben", "mona")
ADMIN = "olga"


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the document's forum, with three members and an admin who can log in."""
    require_part("Chromium")
    data = tmp_path_factory.mktemp("pages") / "data"
    with served(data, "--workers", "2") as address:
        for name in MEMBERS:
            create_member(data, name)
        create_member(data, ADMIN, "--admin")
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser."""
    with browser() as opened:
        yield opened


@pytest.fixture
def visit(chromium: Browser, place: str) -> Iterator[Callable[..., Page]]:
    """A function that opens a page in its own browser context, as a member or a guest."""
    contexts: list[BrowserContext] = []

    def opened(path: str, *, as_member: str = "", width: int = 1440, dark: bool = False, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=place,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            user_agent=f"Mozilla/5.0 (X11; Linux x86_64) Chrome/150 profile-{len(contexts)}-{width}",
        )
        contexts.append(context)
        page = context.new_page()
        if as_member:
            enter(page, as_member)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def enter(page: Page, name: str) -> None:
    """Log in through the form."""
    page.goto("/login")
    page.fill("main [name=username]", name)
    page.fill("main [name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda address: "/login" not in address)


@pytest.fixture
def thread(visit: Callable[..., Page], request: pytest.FixtureRequest) -> str:
    """The URL of a new thread by mona, who has left it again."""
    page = visit("/", as_member="mona")
    board = page.locator('a[href^="/boards/"]').first.get_attribute("href")
    page.goto(f"{board}/post-thread")
    page.fill("[name=title]", f"Seen by {request.node.name}"[:150])
    page.fill("[name=body]", f"Words for {request.node.name}")
    page.locator("main form button[type=submit]", has_text="Post").last.click()
    page.wait_for_selector("#viewers")
    address = page.url
    page.goto("/members")
    return address
