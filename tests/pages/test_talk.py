"""What members do, with and without scripts, by mouse and by keyboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import ConsoleMessage, Page, Route, expect

pytestmark = pytest.mark.browser


def board_of(page: Page) -> str:
    page.goto("/")
    return str(page.locator('a[href^="/boards/"]').first.get_attribute("href"))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_member_starts_a_thread_replies_and_edits(visit: Callable[..., Page], scripts: bool) -> None:
    page = visit("/", as_member="anna", scripts=scripts)
    page.goto(f"{board_of(page)}/post-thread")
    title = f"A thread made {'with' if scripts else 'without'} scripts"
    page.fill("[name=title]", title)
    page.fill("[name=body]", "First **words** of the thread")
    page.locator("main form button[type=submit]", has_text="Post").last.click()
    expect(page.locator("h1")).to_contain_text(title)
    expect(page.locator("#post-1 .post-body strong")).to_have_text("words")
    page.fill("#reply [name=body], form[action$='/reply'] [name=body]", "And a reply")
    page.locator("form[action$='/reply'] button[type=submit]").last.click()
    expect(page.locator("#post-2 .post-body")).to_contain_text("And a reply")
    page.goto(str(page.locator("#post-2 a[href$='/edit']").first.get_attribute("href")))
    page.fill("[name=body]", "And a better reply")
    page.locator("form[action$='/edit'] button[type=submit]").last.click()
    expect(page.locator("#post-2 .post-body")).to_contain_text("And a better reply")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_member_reacts_and_the_author_is_notified(visit: Callable[..., Page], scripts: bool) -> None:
    anna = visit("/", as_member="anna")
    anna.goto(f"{board_of(anna)}/post-thread")
    anna.fill("[name=title]", f"React to this {scripts}")
    anna.fill("[name=body]", f"Please react {scripts}")
    anna.locator("main form button[type=submit]", has_text="Post").last.click()
    anna.wait_for_selector("#post-1")
    thread = anna.url
    ben = visit(thread, as_member="ben", scripts=scripts)
    ben.locator("#post-1 [data-react]").click()
    ben.locator("button[name=kind][value=like]:visible").click()
    expect(ben.locator("#post-1")).to_contain_text("You")
    anna.goto("/notifications")
    expect(anna.locator("main")).to_contain_text("ben")


def test_a_draft_is_restored_on_another_device(visit: Callable[..., Page]) -> None:
    desk = visit("/", as_member="ben")
    board = board_of(desk)
    desk.goto(f"{board}/post-thread")
    desk.fill("[name=title]", "A thought begun at the desk")
    with desk.expect_response(lambda answer: answer.url.endswith("/drafts")):
        desk.fill("[name=body]", "and to be ended on the phone")
    phone = visit(f"{board}/post-thread", as_member="ben", width=390)
    phone.goto(f"{board}/post-thread")
    expect(phone.locator("[name=title]")).to_have_value("A thought begun at the desk")
    expect(phone.locator("[name=body]")).to_have_value("and to be ended on the phone")


def test_what_is_typed_before_the_script_loads_is_kept_too(visit: Callable[..., Page]) -> None:
    desk = visit("/", as_member="ben")
    board = board_of(desk)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    desk.route("**/composer*.js*", hold)
    desk.goto(f"{board}/post-thread", wait_until="commit")
    desk.fill("[name=body]", "typed on a train, ahead of the script")
    with desk.expect_response(lambda answer: answer.url.endswith("/drafts")):
        for route in held:
            route.continue_()
    desk.reload()
    expect(desk.locator("[name=body]")).to_have_value("typed on a train, ahead of the script")


def test_a_title_that_is_too_short_keeps_what_was_typed(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member="mona", scripts=False)
    page.goto(f"{board_of(page)}/post-thread")
    page.fill("[name=title]", "abc")
    page.fill("[name=body]", "A long and careful text")
    page.locator("main form").last.evaluate("form => form.noValidate = true")
    page.locator("main form button[type=submit]", has_text="Post").last.click()
    expect(page.locator("[name=body]")).to_have_value("A long and careful text")
    expect(page.locator("main")).to_contain_text("Titles need 4–150 characters (you have 3)")


def test_thirty_pages_violate_no_csp_and_call_no_other_host(visit: Callable[..., Page], place: str) -> None:
    messages: list[str] = []
    requested: list[str] = []
    page = visit("/", as_member="anna")

    def listen(message: ConsoleMessage) -> None:
        messages.append(message.text)

    page.on("console", listen)
    page.on("request", lambda request: requested.append(request.url))
    page.goto("/")
    addresses = page.eval_on_selector_all(
        "a[href^='/']", "links => [...new Set(links.map(a => a.getAttribute('href')))]"
    )
    for address in addresses[:30]:
        page.goto(address)
    assert [words for words in messages if "Content Security Policy" in words or "Refused" in words] == []
    assert [address for address in requested if not address.startswith(place)] == []


def test_the_back_button_posts_once(visit: Callable[..., Page]) -> None:
    ben = visit("/", as_member="ben")
    ben.goto(f"{board_of(ben)}/post-thread")
    ben.fill("[name=title]", "A thread to come back to")
    ben.fill("[name=body]", "First words")
    ben.locator("main form button[type=submit]", has_text="Post").last.click()
    ben.wait_for_selector("#post-1")
    ben.fill("#body", "Sent once, whatever the back button does")
    ben.locator("#reply button[type=submit]").click()
    ben.wait_for_selector("#post-2")
    ben.go_back()
    ben.wait_for_selector("#body")
    ben.fill("#body", "Sent once, whatever the back button does")
    ben.locator("#reply button[type=submit]").click()
    ben.wait_for_selector("#post-2")
    assert ben.locator(".post").count() == 2
