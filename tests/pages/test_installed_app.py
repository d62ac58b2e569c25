"""The service worker in a browser: for members only, a page without a connection that has the drafts, notifications."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.pages.conftest import enter
from tests.pages.test_live_replies import reply
from tests.parts import require_part
from tests.running import FLAGS

pytestmark = pytest.mark.browser
CONTROLLED = """new Promise((done) => {
    const look = () => navigator.serviceWorker.controller?.state === "activated" ? done() : setTimeout(look, 50);
    look();
})"""
NOTIFICATIONS = """navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then((shown) =>
    shown.map(({ title, body, tag, data }) => ({ title, body, tag, data })))"""
CACHED_PATHS = """
    caches.keys().then((names) => Promise.all(names.map(async (name) =>
    (await (await caches.open(name)).keys())
    .map(({ url }) => new URL(url).pathname)))).then((paths) => paths.flat())"""


@pytest.fixture
def worker(visit: Callable[..., Page], thread: str) -> Page:
    """A page of a thread, as ben sees it, with the service worker in control."""
    page = visit(thread, as_member="ben")
    page.evaluate(CONTROLLED)
    return page


def test_only_members_get_it_and_it_keeps_no_pages_of_theirs(visit: Callable[..., Page], worker: Page) -> None:
    worker.reload()
    worker.goto("/notifications")
    kept = worker.evaluate(CACHED_PATHS)
    assert "/offline" in kept
    assert [path for path in kept if path != "/offline" and not path.startswith(("/static/", "/appearance/"))] == []
    guest = visit("/")
    guest.wait_for_timeout(500)
    assert guest.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)") == 0


def test_without_a_connection_what_was_written_is_there_and_goes_on(worker: Page) -> None:
    worker.fill("[name=body]", "Words on a bad line")
    worker.context.set_offline(True)
    worker.locator(".composer [type=submit]").first.click()
    expect(worker.locator("h1")).to_have_text("No connection")
    expect(worker.locator("[data-text]")).to_have_value("Words on a bad line")
    expect(worker.get_by_role("status")).to_contain_text("cannot be reached")
    expect(worker.get_by_role("link", name="Continue")).to_be_hidden()
    worker.goto("/members", wait_until="commit")
    expect(worker.locator("h1")).to_have_text("No connection")
    worker.context.set_offline(False)
    expect(worker.get_by_role("status")).to_contain_text("is back")
    worker.get_by_role("link", name="Continue").click()
    expect(worker.locator("[name=body]")).to_have_value("Words on a bad line")
    worker.locator(".composer [type=submit]").first.click()
    expect(worker.locator(".post").last).to_contain_text("Words on a bad line")
    assert worker.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('draft:'))") == []


DRAFTS = "Object.keys(localStorage).filter((name) => name.startsWith('draft:'))"


def test_what_somebody_wrote_is_not_shown_to_who_uses_the_browser_after_them(worker: Page) -> None:
    worker.fill("[name=body]", "Not for other eyes")
    worker.wait_for_timeout(100)
    assert worker.evaluate(DRAFTS) != []
    worker.goto("/members")
    worker.locator("summary[aria-label^='Your menu']").click()
    worker.get_by_role("button", name="Log out").click()
    worker.wait_for_url("**/")
    assert worker.evaluate(DRAFTS) == []


def test_the_login_of_somebody_else_removes_drafts_and_ones_own_does_not(worker: Page) -> None:
    text = json.dumps({"place": "conversation:0", "title": "", "body": "Not for other eyes", "isSafe": False})
    worker.evaluate("(text) => localStorage.setItem('draft:conversation:0', text)", text)
    worker.context.clear_cookies()
    enter(worker.context, "ben")
    worker.goto("/members")
    worker.goto("/offline")
    expect(worker.locator("[data-text]")).to_have_value("Not for other eyes")
    worker.context.clear_cookies()
    enter(worker.context, "anna")
    worker.goto("/members")
    worker.goto("/offline")
    expect(worker.locator("[data-text]")).to_have_count(0)


def test_a_reply_through_the_worker_leaves_no_draft(worker: Page) -> None:
    reply(worker, "Sent at once")
    assert worker.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('draft:'))") == []


def deliver(page: Page, **message: Any) -> None:
    """Hand a message to the service worker, as the browser does when its push service has one."""
    cdp = page.context.new_cdp_session(page)
    found: list[str] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"] if not each["isDeleted"]),
    )
    cdp.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(50)
    origin = str(page.evaluate("location.origin"))
    values = {"origin": origin, "registrationId": found[-1], "data": json.dumps(message)}
    cdp.send("ServiceWorker.deliverPushMessage", values)


def shown(page: Page, body: str) -> list[dict[str, Any]]:
    """The notifications that the browser shows, once one with this text is among them."""
    for _ in range(200):
        found: list[dict[str, Any]] = page.evaluate(NOTIFICATIONS)
        if body in {each["body"] for each in found}:
            return found
        page.wait_for_timeout(50)
    return []


@pytest.fixture
def whole_browser(chromium: Browser, place: str, tmp_path: Path) -> Iterator[BrowserContext]:
    """A Chromium with a profile, as people have it: others show no notifications and install nothing."""
    launch = chromium.browser_type.launch_persistent_context
    flags = ["--headless=new", *FLAGS[1:]]
    context = launch(tmp_path, executable_path=require_part("Chromium"), headless=False, args=flags, base_url=place)
    yield context
    context.close()


def test_a_message_is_shown_and_a_later_one_of_its_group_replaces_it(whole_browser: BrowserContext) -> None:
    whole_browser.grant_permissions(["notifications"])
    enter(whole_browser, "ben")
    page = whole_browser.new_page()
    page.goto("/members")
    page.mouse.move(2, 2)
    page.evaluate(CONTROLLED)
    about = {"title": "Our forum", "tag": "reply:1"}
    for body in ("anna replied to Where", "2 new replies to Where"):
        deliver(page, **about, body=body, url="/posts/1", count=1)
        assert shown(page, body) == [{**about, "body": body, "data": {"url": "/posts/1"}}]


def test_browsers_can_install_the_forum(whole_browser: BrowserContext) -> None:
    enter(whole_browser, "ben")
    page = whole_browser.new_page()
    page.goto("/")
    page.mouse.move(2, 2)
    cdp = whole_browser.new_cdp_session(page)
    manifest = cdp.send("Page.getAppManifest")
    assert manifest["url"].endswith("/manifest.webmanifest")
    assert manifest["errors"] == []
    assert cdp.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


def test_a_click_opens_pages_of_the_forum_only(worker: Page) -> None:
    running = worker.context.service_workers[0]
    opened = "(path) => open(path).then(() => 'left alone', () => 'opened')"  # only a real click may open a window
    assert running.evaluate(opened, "/posts/1") == "opened"
    for path in ("https://evil.example/x", "//evil.example/x", "javascript:alert(1)", "/\\evil.example"):
        assert running.evaluate(opened, path) == "left alone"


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_the_button_asks_nothing_before_it_is_pressed(visit: Callable[..., Page], width: int) -> None:
    page = visit("/account/notifications", as_member="anna", width=width)
    button = page.get_by_role("button", name="Get notifications in this browser")
    expect(button).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    button.focus()
    page.keyboard.press("Enter")  # the browser of this test refuses
    expect(page.locator("#browsers [data-status]")).to_contain_text("settings")


def test_without_scripts_the_page_has_no_button_and_no_error(visit: Callable[..., Page]) -> None:
    page = visit("/account/notifications", as_member="anna", scripts=False)
    expect(page.get_by_role("heading", name="Notifications in your browsers")).to_be_visible()
    expect(page.get_by_role("button", name="Get notifications in this browser")).to_be_hidden()
