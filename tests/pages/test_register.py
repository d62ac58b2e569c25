"""Registering in a real browser: the computation, and the question in its place."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.factories import PASSWORD
from tests.parts import require_part
from tests.running import served

pytestmark = pytest.mark.browser
PROOFS = "**/register/proof"
QUESTION = re.compile(r"What is (\d) plus (\d)\?")


@pytest.fixture(scope="module")
def forum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a forum with limits."""
    require_part("Chromium")
    data = tmp_path_factory.mktemp("register") / "data"
    with served(data, FORUM_LIMITS="on", FORUM_TRUSTED_PROXIES="127.0.0.1") as address:
        yield address


@pytest.fixture
def opened(chromium: Browser, forum: str) -> Iterator[Page]:
    """The form in a browser with scripts."""
    context = chromium.new_context(base_url=forum, viewport={"width": 390, "height": 850})
    yield form_in(context)
    context.close()


def form_in(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/register")
    return page


def fill_in(page: Page, name: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("E-mail", exact=True).fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)


def send(page: Page) -> None:
    page.get_by_role("button", name="Register").click()


def answer_question(page: Page, *, add: int = 0) -> None:
    label = page.locator("label[for=answer]").inner_text()
    asked = QUESTION.search(label)
    assert asked, label
    page.locator("#answer").fill(str(int(asked[1]) + int(asked[2]) + add))


def is_member(page: Page) -> bool:
    return page.request.get("/account").ok


def test_the_browser_computes_while_the_form_is_filled_in(opened: Page) -> None:
    expect(opened.locator("#answer")).to_be_hidden()
    with opened.expect_response(PROOFS):
        opened.get_by_label("Name", exact=True).focus()
    fill_in(opened, "nora")
    send(opened)  # too quick for the server, so the script sends it later
    opened.wait_for_url("**/")
    assert is_member(opened)


def test_pages_without_tls_compute_the_same_by_themselves(forum: str, chromium: Browser) -> None:
    context = chromium.new_context(base_url=forum.replace("127.0.0.1", "0.0.0.0"))  # noqa: S104 - a URL
    page = form_in(context)
    assert page.evaluate("globalThis.isSecureContext") is False
    fill_in(page, "olaf")
    send(page)
    page.wait_for_url("**/")
    assert is_member(page)
    context.close()


def test_where_the_computation_fails_a_question_is_asked_and_nothing_typed_is_lost(opened: Page) -> None:
    opened.route(PROOFS, lambda route: route.abort())
    fill_in(opened, "petra")
    send(opened)
    expect(opened.locator("#answer")).to_be_focused()
    expect(opened.get_by_role("status")).to_contain_text("Answer the question above")
    expect(opened.get_by_label("Password", exact=True)).to_have_value(PASSWORD)
    answer_question(opened)
    send(opened)
    opened.wait_for_url("**/")
    assert is_member(opened)


def test_without_scripts_a_question_is_asked(chromium: Browser, forum: str) -> None:
    context = chromium.new_context(
        base_url=forum, java_script_enabled=False, extra_http_headers={"X-Forwarded-For": "192.0.2.7"}
    )
    page = form_in(context)
    expect(page.locator("#answer")).to_be_visible()
    fill_in(page, "quentin")
    answer_question(page, add=1)
    page.wait_for_timeout(2200)
    send(page)
    expect(page.locator("#answer-error")).to_have_text("This is not the answer. Read the question again.")
    expect(page.get_by_label("E-mail", exact=True)).to_have_value("quentin@example.org")
    answer_question(page)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    send(page)
    page.wait_for_url("**/")
    assert is_member(page)
    context.close()
