"""The service worker in a browser: for members only, a page without a connection that has the drafts, notifications."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_live_replies import reply

pytestmark = pytest.mark.browser
READY = "navigator.serviceWorker.ready.then((worker) => worker.active.scriptURL)"
CONTROLLED = "navigator.serviceWorker.controller !== null"
SHOWN = """navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then((shown) =>
    shown.map(({ title, body, tag, data }) => ({ title, body, tag, data })))"""
KEPT = """caches.keys().then((names) => Promise.all(names.map(async (name) => (await (await caches.open(name)).keys())
    .map(({ url }) => new URL(url).pathname)))).then((paths) => paths.flat())"""


@pytest.fixture
def worker(visit: Callable[..., Page], thread: str) -> Page:
    """A page of a thread, as ben sees it, with the service worker in control."""
    page = visit(thread, as_member="ben")
    page.evaluate(READY)
    page.wait_for_function(CONTROLLED)
    return page


def test_only_members_get_it_and_it_keeps_no_pages_of_theirs(visit: Callable[..., Page], worker: Page) -> None:
    worker.reload()
    worker.goto("/notifications")
    kept = worker.evaluate(KEPT)
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


def test_a_message_is_shown_and_a_later_one_of_its_group_replaces_it(worker: Page) -> None:
    worker.context.grant_permissions(["notifications"])
    deliver(worker, title="Our forum", body="anna replied to Where", url="/posts/1", tag="reply:1", count=1)
    worker.wait_for_function(f"{SHOWN}.then((shown) => shown.length === 1)")
    deliver(worker, title="Our forum", body="2 new replies to Where", url="/posts/1", tag="reply:1", count=1)
    second = "shown.length === 1 && shown[0].body.startsWith('2') && shown"
    expected = {"title": "Our forum", "body": "2 new replies to Where", "tag": "reply:1", "data": {"url": "/posts/1"}}
    assert worker.wait_for_function(f"{SHOWN}.then((shown) => {second})").json_value() == [expected]


def test_a_click_opens_pages_of_the_forum_only(worker: Page) -> None:
    running = worker.context.service_workers[0]
    opened = "(path) => open(path).then(() => 'left alone', () => 'opened')"  # only a real click may open a window
    assert running.evaluate(opened, "/posts/1") == "opened"
    for path in ("https://evil.example/x", "//evil.example/x", "javascript:alert(1)", "/\\evil.example"):
        assert running.evaluate(opened, path) == "left alone"


def test_browsers_can_install_the_forum(visit: Callable[..., Page]) -> None:
    page = visit("/")
    cdp = page.context.new_cdp_session(page)
    errors = cdp.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # the contexts of tests are all incognito, in which nothing can be installed
    assert [each["errorId"] for each in errors if each["errorId"] != "in-incognito"] == []
    assert cdp.send("Page.getAppManifest")["errors"] == []


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
