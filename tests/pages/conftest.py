"""One served forum and one browser for all page tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.factories import PASSWORD
from tests.parts import require_part
from tests.running import browser, create_member, served

MEMBERS = ("anna", "ben", "mona")
ADMIN = "olga"
expect.set_options(timeout=20_000)  # milliseconds: on a busy machine; a test of a promised time names its own


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the document's forum."""
    return tmp_path_factory.mktemp("pages") / "data"


@pytest.fixture(scope="session")
def place(data: Path) -> Iterator[str]:
    """The URL of the document's forum, with three members and an admin who can log in."""
    require_part("Chromium")
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
        if as_member:
            enter(context, as_member)
        page = context.new_page()
        page.goto(path)
        page.mouse.move(2, 2)  # what waits until the reader does something begins
        return page

    yield opened
    for context in contexts:
        context.close()


def enter(context: BrowserContext, name: str) -> None:
    """Log in by HTTP, which takes a fraction of the time of a page; test_long_words does it through the form."""
    send(context, "/login", username=name, password=PASSWORD)


def send(context: BrowserContext, path: str, **fields: str) -> str:
    """Send the form of a page by HTTP, with its hidden fields; returns the path to which it redirects."""
    page = BeautifulSoup(context.request.get(path).text(), "html.parser")
    form = page.select_one(f'main form[method=post][action="{path}"]') or page.select_one("main form[method=post]")
    assert form, path
    typed: dict[str, str | float | bool] = {**fields}
    for hidden in form.select("input[type=hidden]"):
        typed[str(hidden["name"])] = str(hidden.get("value", ""))
    answer = context.request.post(str(form.get("action") or path), form=typed, max_redirects=0)
    assert answer.status == 303, answer.text()
    return urlsplit(answer.headers["location"]).path


@pytest.fixture
def thread(chromium: Browser, place: str, request: pytest.FixtureRequest) -> str:
    """The URL of a new thread by mona, who is elsewhere."""
    context = chromium.new_context(base_url=place)
    enter(context, "mona")
    board = BeautifulSoup(context.request.get("/").text(), "html.parser").select_one('a[href^="/boards/"]')
    assert board
    title, body = f"Seen by {request.node.name}"[:150], f"Words for {request.node.name}"
    path = send(context, f"{board['href']}/post-thread", title=title, body=body)
    context.request.get("/members")
    context.close()
    return place + path
