"""Words without a break opportunity are broken: no text makes a page wider than the screen."""

from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Browser, Page

from tests.factories import PASSWORD
from tests.pages.long_words import NAME, OTHER, TITLE, write
from tests.parts import in_ci, require_part
from tests.running import served

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
FOR_ALL = (
    "/",
    "/whats-new",
    "/members",
    "/boards/1",
    "/boards/2",
    "/threads/1",
    "/threads/2",
    "/members/1",
    "/members/1?tab=threads",
    "/members/1?tab=about",
    f"/search?q={TITLE}",
    f"/search?q={TITLE} nowhere{'x' * 79}&author={NAME}",
    "/search?thread=1",
    "/posts/1/reactions",
    "/terms",
    "/help",
    "/contact",
    f"/nowhere/{TITLE}",
    f"/login?next=/{TITLE}",
)
FOR_MEMBERS = (
    "/notifications",
    "/account",
    "/account/tokens",
    "/account/two-factor",
    "/account/sessions",
    "/boards/2/post-thread",
    "/threads/1?quote=2",
    "/threads/1/move",
    "/threads/1/merge",
    "/threads/1/split",
    "/threads/1/pinning",
    "/threads/1/locking",
    "/threads/1/copy",
    "/threads/1/similar",
    "/posts/1/edit",
    "/posts/1/history",
    "/moderation/log",
    "/admin/boards",
    "/admin/demonstration",
    "/admin/jobs",
    "/admin/boards/3",
    "/admin/boards/3/access",
    "/admin/groups",
    "/admin/groups/5",
    "/admin/members",
    "/admin/members/1",
    f"/admin/permissions?member={NAME}&board=3",
)
# Elements wider than the page, except those that scroll or clip, for the failure message.
WIDER = """() => {
    const all = [...document.querySelectorAll("body *")];
    const wide = all.filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && each.checkVisibility());
    return wide.slice(0, 5).map((each) => each.outerHTML.slice(0, 200));
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A forum full of unbroken words."""
    require_part("Chromium")
    folder = tmp_path_factory.mktemp("words")
    with served(folder / "data", FORUM_SEED=str(write(folder / "archive"))) as found:
        yield found


WIDTHS = {"phones": (320, 360), "tablets and desks": (820, 1440)} if in_ci() else {"both": (320, 1440)}


@pytest.mark.parametrize("widths", WIDTHS.values(), ids=WIDTHS)
def test_no_text_makes_a_page_wider_than_the_screen(chromium: Browser, address: str, widths: tuple[int, int]) -> None:
    context = chromium.new_context(base_url=address)
    page = context.new_page()
    wide = {path: found for path in FOR_ALL if (found := too_wide(page, path, widths))}
    log_in(page)
    fill_group(page, widths[0])
    wide |= {path: found for path in (*FOR_ALL[:-1], *FOR_MEMBERS) if (found := too_wide(page, path, widths))}
    context.close()
    assert wide == {}


def too_wide(page: Page, path: str, widths: Sequence[int]) -> list[str]:
    """The elements that make a page wider than its viewport at one of these widths, in which it is loaded once."""
    page.set_viewport_size({"width": widths[0], "height": 900})
    page.goto(path)
    found: list[str] = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        size = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert size[1] == width
        if size[0] > size[1]:
            found += [f"{size[0]} > {size[1]}", *page.evaluate(WIDER)]
    return found


def log_in(page: Page) -> None:
    page.goto("/login")
    page.fill("main [name=username]", NAME)
    page.fill("main [name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda found: "/login" not in found)


def fill_group(page: Page, number: int) -> None:
    """Give board 3 a list of its own with a group of unbroken words, in which both members are."""
    page.goto("/admin/groups/new")
    page.fill("main [name=title]", f"{number:W>60}")
    page.fill("main [name=description]", "W" * 300)
    page.click("main button[type=submit]")
    group = page.url.rsplit("/", 1)[1]
    for name in (NAME, OTHER):
        page.fill("main [name=member]", name)
        page.get_by_role("button", name="Add member").click()
    page.goto("/admin/boards/3/access")
    page.check("[value=own]")
    page.select_option(f"#level-{group}", "start")
    page.get_by_role("button", name="Save access").click()
    page.wait_for_load_state()
