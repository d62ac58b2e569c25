"""An operator's first day, from the link that `forum serve` prints to a backup that is restored elsewhere."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cli.commands import forum
from tests.databases import on_postgres
from tests.factories import PASSWORD
from tests.parts import in_ci
from tests.running import served_at
from tests.servers import Mailbox, free_port, smtp_server

pytestmark = pytest.mark.browser
HIDDEN = ("Greenhouse", "Potting shed", "Keys under the pot")
WAYS_OUT = (
    "/",
    "/whats-new",
    "/feed.atom",
    "/sitemap.xml",
    "/search?q=keys+pot",
    "/members",
    "/api/v1/boards",
    "/api/v1/threads",
)
Visit = Callable[..., Page]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server."""
    with smtp_server() as server:
        yield server


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of the forum."""
    return tmp_path / "data"


@pytest.fixture
def address(data: Path, mailbox: Mailbox) -> Iterator[str]:
    """The URL of a forum that was just started for the first time, with mail."""
    port = free_port()
    mail = {"FORUM_MAIL_URL": mailbox.url, "FORUM_MAIL_FROM": "forum@example.org"}
    with served_at(port, data, FORUM_BASE_URL=f"http://127.0.0.1:{port}", FORUM_LIMITS="on", **mail) as url:
        yield url


@pytest.fixture
def enter(chromium: Browser, address: str, width: int) -> Iterator[Visit]:
    """A function that opens a page in a browser of its own."""
    contexts = []

    def opened(path: str) -> Page:
        context = chromium.new_context(base_url=address, viewport={"width": width, "height": 850})
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [390, *([1440] if in_ci() else [])])
def test_an_operator_starts_a_forum_of_their_own(
    enter: Visit, data: Path, address: str, mailbox: Mailbox, tmp_path: Path
) -> None:
    admin = enter(setup_link(data, address))
    register(admin, "olga")
    expect(admin.get_by_role("heading", level=1)).to_have_text("Administration")
    remove_the_demonstration(admin)
    name_and_colour(admin)
    for title, parent in (("Roses", ""), ("Greenhouse", ""), ("Potting shed", "Greenhouse")):
        create_board(admin, title, parent)
    create_group(admin, "Gardeners")
    give_the_board_to(admin, "Greenhouse", "Gardeners")
    try_mail(admin, mailbox)
    anna, ben = (enter(invite(admin)) for _ in range(2))
    for name, page in (("anna", anna), ("ben", ben)):
        register(page, name)
        confirm(page, mailbox, name)
    make_moderator_of_one_board(admin, "Roses", "anna")
    post_thread(ben, "Roses", "Pruning roses")
    thread = ben.url.split("#")[0]
    change_a_limit(admin)
    assert_is_limited(ben)
    post_thread(admin, "Potting shed", "Keys under the pot")
    hidden = urlsplit(admin.url).path
    anna.goto(thread)
    expect(anna.locator("summary", has_text="Moderate")).to_have_count(1)
    assert anna.request.get(hidden).status == 404
    ben.goto(thread)
    expect(ben.locator("summary", has_text="Moderate")).to_have_count(0)
    why_not(admin, "ben", "Potting shed")
    back_up_and_restore(admin, tmp_path)
    guest = enter(thread)
    expect(guest.get_by_role("heading", level=1)).to_have_text("Pruning roses")
    for path in WAYS_OUT:
        answer = guest.request.get(path).text()
        assert not [words for words in HIDDEN if words in answer], path
    assert guest.request.get(hidden).status == 404


def setup_link(data: Path, address: str) -> str:
    """The link with which the first admin registers, from what the server printed."""
    printed = (data.parent / f"serve-{urlsplit(address).port}.log").read_text()
    found = re.search(r"/setup\?token=\S+", printed)
    assert found, printed
    return found[0]


def register(page: Page, name: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("E-mail", exact=True).fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main form button.button").last.click()


def confirm(page: Page, mailbox: Mailbox, name: str) -> None:
    """Follow the link in the mail that a new member got."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your e-mail")
    for _ in range(100):
        if mailbox.recipients[-1] == f"{name}@example.org":
            break
        page.wait_for_timeout(100)
    text = mailbox.letters[-1].get_body(("plain",))
    assert text
    found = re.search(r"http\S+", text.get_content())
    assert found, text
    page.goto(found[0])
    page.locator("main form button.button").click()
    page.get_by_label("Name or e-mail").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main form button.button").click()
    expect(page.get_by_label("Your menu")).to_be_visible()


def remove_the_demonstration(admin: Page) -> None:
    admin.get_by_role("link", name="Open: Remove the demonstration").click()
    admin.locator("[name=sure]").check()
    admin.get_by_role("button", name="Remove the demonstration").click()
    wait_for(admin, lambda: admin.get_by_text("There is no demonstration in this forum.").count() > 0)


def wait_for(page: Page, is_done: Callable[[], bool]) -> None:
    """Load a page again until what runs in the background is done."""
    for _ in range(100):
        if is_done():
            return
        page.wait_for_timeout(300)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())


def save(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).press("Enter")
    expect(page.locator(".toast")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def name_and_colour(admin: Page) -> None:
    admin.goto("/admin/settings")
    admin.get_by_label("Name", exact=True).fill("Garden Talk")
    save(admin, "Save settings")
    admin.goto("/admin/appearance")
    admin.locator("#accent").fill("#7a1f5c")
    save(admin, "Save appearance")
    admin.goto("/")
    expect(admin.locator("header").first).to_contain_text("Garden Talk")
    styles = "getComputedStyle(document.documentElement).getPropertyValue('--accent')"
    assert "#7a1f5c" in admin.evaluate(styles)


def create_board(admin: Page, title: str, parent: str) -> None:
    admin.goto("/admin/boards/new")
    admin.get_by_label("Title").fill(title)
    if parent:
        option = admin.locator("#parent_id option").filter(has_text=parent).first.get_attribute("value")
        admin.locator("#parent_id").select_option(option)
    save(admin, "Create board")


def create_group(admin: Page, title: str) -> None:
    admin.goto("/admin/groups/new")
    admin.get_by_label("Title").fill(title)
    save(admin, "Create group")


def open_access(admin: Page, board: str) -> None:
    admin.goto("/admin/boards")
    row = admin.locator(".admin-row", has_text=board)
    row.get_by_role("link", name="Seen by").first.click()
    admin.get_by_label("A list of its own").check()


def give_the_board_to(admin: Page, board: str, group: str) -> None:
    open_access(admin, board)
    for other in ("Guests", "Members"):
        admin.get_by_label(other, exact=True).select_option("No access")
    admin.get_by_label(group, exact=True).select_option(label="See, reply and start threads")
    save(admin, "Save access")


def try_mail(admin: Page, mailbox: Mailbox) -> None:
    admin.goto("/admin/mail")
    admin.get_by_label("To", exact=True).fill("olga@example.org")
    admin.get_by_role("button", name="Send test message").click()
    expect(admin.locator("main [role=status]")).to_contain_text("The mail server accepted the message.")
    assert mailbox.recipients == ["olga@example.org"]


def invite(admin: Page) -> str:
    admin.goto("/account/invitations")
    admin.get_by_role("button", name="Create invitation").click()
    link = urlsplit(admin.locator(".link-line input").first.input_value())
    return f"{link.path}?{link.query}"


def make_moderator_of_one_board(admin: Page, board: str, name: str) -> None:
    create_group(admin, f"{board} wardens")
    admin.get_by_label("Name", exact=True).fill(name)
    save(admin, "Add member")
    open_access(admin, board)
    admin.get_by_label(f"{board} wardens", exact=True).select_option(label="See, reply and start threads")
    admin.get_by_label(f"Moderate – {board} wardens").check()
    save(admin, "Save access")


def post_thread(page: Page, board: str, title: str) -> None:
    page.goto("/")
    page.locator("main").get_by_role("link", name=board, exact=True).first.click()
    page.get_by_role("link", name="Post thread").first.click()
    page.get_by_label("Title").fill(title)
    page.locator("textarea[name=body]").fill("When is the right time?")
    page.locator("main form button.button").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def change_a_limit(admin: Page) -> None:
    admin.goto("/admin/settings")
    admin.get_by_label("Seconds between two posts of a new member").fill("3600")
    save(admin, "Save settings")


def assert_is_limited(ben: Page) -> None:
    """The new limit acts on a thread page that was open before, and what was typed stays."""
    ben.locator("textarea[name=body]").fill("Nobody?")
    ben.get_by_role("button", name="Post reply").click()
    expect(ben.get_by_role("alert")).to_contain_text("before you post again")
    expect(ben.locator("textarea[name=body]")).to_have_value("Nobody?")


def why_not(admin: Page, name: str, board: str) -> None:
    admin.goto("/admin/permissions")
    admin.get_by_label("Member").fill(name)
    value = admin.locator("#board option").filter(has_text=board).first.get_attribute("value")
    admin.locator("#board").select_option(value)
    admin.get_by_role("button", name="Show").press("Enter")
    answer = admin.locator("main section").first
    for act in ("See the board and its threads", "Reply", "Start threads"):
        expect(answer.get_by_role("listitem").filter(has_text=act).first).to_contain_text(f"{act} No")
    expect(answer).to_contain_text("They cannot see “Greenhouse”, which contains this board.")


def back_up_and_restore(admin: Page, tmp_path: Path) -> None:
    admin.goto("/admin/backups")
    admin.get_by_role("button", name="Make a backup now").click()
    wait_for(admin, lambda: admin.get_by_role("link", name="Download").count() > 0)
    with admin.expect_download() as download:
        admin.get_by_role("link", name="Download").first.click()
    copy = tmp_path / download.value.suggested_filename
    download.value.save_as(copy)
    if not on_postgres():  # tests/archive/test_backup.py restores a dump
        restored = forum(tmp_path / "elsewhere", "restore", str(copy))
        assert restored.stdout.splitlines()[-1] == "All counters are correct.", restored.stderr
