"""axe-core finds no violations on any page, in light and dark mode, at phone and desktop widths."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from tests.pages.conftest import ADMIN, send
from tests.parts import NODE_MODULES, in_ci

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.sqlite]
Scheme = Literal["light", "dark"]
BOTH: tuple[Scheme, ...] = ("light", "dark")
LOOKS = [(390, BOTH), (1440, BOTH)] if in_ci() else [(390, BOTH[1:])]
RUN = "options => axe.run(document, options).then(found => found.violations)"
GUEST = (
    "/",
    "/whats-new",
    "/members",
    "/search?q=lunar",
    "/login",
    "/register",
    "/reset",
    "/terms",
    "/privacy",
    "/help",
    "/contact",
    "/contact/illegal-content",
    "/api/docs",
    "/nowhere",
    "/offline",
)
MEMBER = (
    "/",
    "/whats-new",
    "/notifications",
    "/account/notifications",
    "/account",
    "/account/password",
    "/account/email",
    "/account/two-factor",
    "/account/sessions",
    "/account/tokens",
    "/account/invitations",
    "/account/groups",
    "/account/watched",
    "/account/watched?show=muted",
    "/account/watched/stop",
    "/account/digest",
    "/account/data",
    "/account/conversations",
    "/conversations",
    "/conversations/new?to=ben",
    "/privacy",
    "/account/terms",
    "/account/confirm",
    "/keys",
)
ADMINISTRATION = (
    "/admin",
    "/admin/settings",
    "/admin/boards",
    "/admin/demonstration",
    "/admin/jobs",
    "/admin?q=board",
    "/admin?q=nowhere",
    "/admin/appearance",
    "/admin/statistics",
    "/admin/notices",
    "/admin/notices/new",
    "/admin/search-index",
    "/admin/boards/1",
    "/admin/boards/1/access",
    "/admin/boards/1/delete-with-threads",
    "/admin/groups",
    "/admin/groups/new",
    "/admin/groups/2",
    "/admin/groups/2/rights",
    "/admin/groups/requests",
    "/admin/permissions?member=anna&board=1",
    "/admin/permissions?member=nobody",
    "/admin/members",
    "/admin/invitations",
    "/admin/reactions",
    "/admin/reasons",
    "/admin/reasons/new",
    "/admin/warnings",
    "/admin/warnings/new",
    "/admin/thresholds",
    "/admin/thresholds/new",
    "/admin/spam",
    "/admin/mail",
    "/admin/mail/stopped",
    "/admin/backups",
    "/admin/health?all=yes",
)
OF_A_THREAD = ("pinning", "locking", "copy", "title", "move", "merge", "split", "slow-mode", "similar", "bans")
OF_A_POST = ("edit", "history", "reactions", "report", "moderate")
OF_A_MEMBER = ("ban", "hold", "moderate", "warn", "registration", "addresses", "clean")


def faults(page: Page, schemes: Sequence[Scheme] = BOTH if in_ci() else BOTH[:1]) -> list[str]:
    """What axe-core finds on a page, in one color scheme after the other."""
    page.evaluate((Path(NODE_MODULES) / "axe-core" / "axe.min.js").read_text())
    found = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # at once, without a transition
        found += page.evaluate(RUN, {"resultTypes": ["violations"]})
    return [
        f"{each['id']}: {node['html'][:150]} {node['failureSummary'][:200]}" for each in found for node in each["nodes"]
    ]


def staff_pages(page: Page, thread: str) -> list[str]:
    """The pages an admin opens from a thread, one of its posts and a member's profile, the log and administration."""
    page.goto(thread)
    post = page.locator("#post-1 .post-number").get_attribute("href")
    page.goto("/members?sort=joined")
    member = page.locator('main a[href^="/members/"]', has_text="ben").first.get_attribute("href")
    of_thread = [f"{thread}/{each}" for each in OF_A_THREAD]
    of_post = [f"{post}/{each}" for each in OF_A_POST]
    send(page.context, f"{post}/report", kind="other", words="Look at this")
    page.goto("/moderation/reports")
    case = str(page.locator("main .rows a.link").first.get_attribute("href"))
    of_staff = [
        "/moderation",
        "/moderation/reports",
        case,
        "/account/reports",
        "/account/ignored",
        "/account/following",
        "/moderation/log",
        "/moderation/bans",
    ]
    of_staff += ["/moderation/appeals", "/moderation/statistics", "/moderation/links", "/moderation/newcomers"]
    of_staff += ["/moderation/queue", "/moderation/warnings", "/moderation/select"]
    of_member = [f"{member}/{each}" for each in OF_A_MEMBER]
    return [
        thread,
        *of_thread,
        *of_post,
        *of_staff,
        *of_member,
        *ADMINISTRATION,
        *group_pages(page),
    ]


def group_pages(page: Page) -> list[str]:
    """The pages of a group, of its member, and of a board below one that the group cannot see."""
    group = send(page.context, "/admin/groups/new", title=f"Gardeners {uuid4().hex}", description="Plant and weed")
    page.goto(group)
    page.get_by_label("Name").fill("anna")
    page.get_by_role("button", name="Add member").click()
    account = page.locator("#members a.link").get_attribute("href")
    hidden, below = (send_board(page, f"{title} {uuid4().hex}") for title in ("Hidden", "Below"))
    send_list(page, hidden, {"level-3": "see"})
    send(page.context, below, title=f"Below {uuid4().hex}", description="", parent_id=hidden.rsplit("/", 1)[1])
    send_list(page, below, {"level-2": "see", f"level-{group.rsplit('/', 1)[1]}": "start"})
    return [group, str(account), f"{below}/access"]


def send_board(page: Page, title: str) -> str:
    """Create a board; returns the path of its page of administration."""
    send(page.context, "/admin/boards/new", title=title, description="", parent_id="")
    page.goto("/admin/boards")
    return str(page.get_by_role("link", name=title).get_attribute("href"))


def send_list(page: Page, board: str, fields: dict[str, str]) -> None:
    send(page.context, f"{board}/access", list="own", **fields)


def links(page: Page) -> list[str]:
    """A board, the document's thread and a member, as linked from the index."""
    page.goto("/")
    wanted = ('a[href^="/boards/"]', 'a[href^="/threads/"]', 'a[href^="/members/"]')
    return [str(page.locator(each).first.get_attribute("href")) for each in wanted]


@pytest.mark.parametrize(("width", "schemes"), LOOKS, ids=["phone", "desk"][: len(LOOKS)])
def test_pages_for_guests(visit: Callable[..., Page], width: int, schemes: Sequence[Scheme]) -> None:
    page = visit("/", width=width)
    board, thread, author = links(page)
    for path in (*GUEST, board, thread, author, f"{board}/post-thread", f"{thread}/reply"):
        page.goto(path)
        assert faults(page, schemes) == [], path


def test_pages_for_members(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member="anna", width=820)
    board, *others = links(page)
    for path in (*MEMBER, *others, board, f"{board}/post-thread"):
        page.goto(path)
        assert faults(page) == [], path


def test_pages_for_admins(visit: Callable[..., Page], thread: str) -> None:
    page, found = visit("/", as_member=ADMIN, width=820), {}
    for number, path in enumerate(staff_pages(page, thread)):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == (404 if "nobody" in path else 200), path
        found[path] = faults(page) if in_ci() or number % 3 == 0 else []
    assert {path: each for path, each in found.items() if each} == {}


def test_no_page_is_wider_than_a_small_phone_screen(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member="anna", width=320)
    board, *others = links(page)
    for path in (*GUEST, *MEMBER, *others, board, f"{board}/post-thread"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
