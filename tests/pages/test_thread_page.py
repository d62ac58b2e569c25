"""The layout of the thread page: where its first post begins, and what phones show of members."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_prefetch import write

pytestmark = pytest.mark.browser
TITLE = "Russia, China agree to build lunar station together"


def open_thread(page: Page) -> None:
    page.goto("/")
    page.goto(str(page.locator('a[href^="/threads/6-"]').first.get_attribute("href")).removesuffix("/latest"))
    expect(page.locator("h1")).to_have_text(TITLE)


@pytest.mark.parametrize(("width", "highest"), [(360, 220), (390, 220), (820, 180), (1440, 180)])
@pytest.mark.parametrize("member", ["", "anna", "olga"])
def test_the_first_post_begins_near_the_top_of_the_page(
    visit: Callable[..., Page], width: int, highest: int, member: str
) -> None:
    page = visit("/", as_member=member, width=width)
    open_thread(page)
    assert page.locator("#post-1").evaluate("post => post.getBoundingClientRect().top + scrollY") <= highest


def test_a_short_post_is_little_taller_than_its_author_card(visit: Callable[..., Page]) -> None:
    page = visit("/")
    open_thread(page)
    post, card = page.locator("#post-2"), page.locator("#post-2 .card")
    assert post.evaluate("post => post.offsetHeight") <= card.evaluate("card => card.offsetHeight") + 24
    assert post.evaluate("post => post.offsetHeight") <= 190  # with country and location


@pytest.mark.parametrize("width", [360, 390])
def test_on_phones_a_members_details_can_be_opened(visit: Callable[..., Page], width: int) -> None:
    page = visit("/", width=width)
    open_thread(page)
    facts = page.locator("#post-2 .facts")
    expect(facts).to_be_hidden()
    button = page.get_by_role("button", name="Details of CAPRICORN-88")
    button.click()
    expect(facts).to_be_visible()
    for text in ("Aug 19, 2015", "1,827", "+4,090", "Singapore", "Malaysia"):
        expect(facts).to_contain_text(text)
    button.click()
    expect(facts).to_be_hidden()


def test_on_phones_without_scripts_the_details_are_visible(visit: Callable[..., Page]) -> None:
    page = visit("/", width=360, scripts=False)
    open_thread(page)
    expect(page.locator("#post-2 .facts")).to_be_visible()


@pytest.mark.parametrize("width", [360, 390])
def test_similar_threads_name_the_last_poster_on_phones(visit: Callable[..., Page], width: int) -> None:
    page = visit("/", width=width)
    open_thread(page)
    for row, name in enumerate(["Daniel808", "vostok", "Riz", "Brainsucker", "Tai Hai Chen"]):
        expect(page.locator("#similar-threads .row-last .member").nth(row)).to_be_visible()
        expect(page.locator("#similar-threads .row-last .member").nth(row)).to_have_text(name)


@pytest.mark.parametrize("width", [320, 820, 1440])
def test_names_are_on_one_line(visit: Callable[..., Page], width: int) -> None:
    page = visit("/", width=width)
    open_thread(page)
    heights = page.locator(".card h2 a, main .member").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert heights
    assert max(heights) < 32


def test_printed_pages_have_dates_and_open_spoilers(visit: Callable[..., Page]) -> None:
    page = visit("/", as_member="ben")
    page.goto("/boards/4")
    page.goto(f"{page.url}/post-thread")
    page.fill("[name=title]", "A thread to be printed")
    page.fill("[name=body]", "Seen\n\n:::spoiler The end\nThe butler did it\n:::")
    page.locator("main form button[type=submit]", has_text="Post").last.click()
    page.wait_for_selector("#post-1 .spoiler")
    expect(page.locator("#post-1 .post-head time")).to_have_text("just now")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.get_by_text("The butler did it")).to_be_visible()
    expect(page.locator("#post-1 .post-head time")).to_contain_text("20")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.get_by_text("The butler did it")).to_be_hidden()
    expect(page.locator("#post-1 .post-head time")).to_have_text("just now")


def test_a_wide_table_scrolls_inside_its_container(visit: Callable[..., Page], thread: str) -> None:
    page = visit(thread, as_member="anna", width=390)
    row = "|" + " a cell of words |" * 12
    write(page, thread, f"{row}\n{'|---' * 12}|\n{row}")
    page.goto(thread)
    frame = page.locator("#post-2 .table-scroll")
    assert frame.evaluate("frame => frame.scrollWidth - frame.clientWidth") > 100
    frame.hover()
    page.mouse.wheel(500, 0)
    page.wait_for_timeout(500)
    assert frame.evaluate("frame => frame.scrollLeft") > 50
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_progress_ends_at_the_last_post_when_others_are_deleted(visit: Callable[..., Page], thread: str) -> None:
    page = visit(thread, as_member="anna")
    for number in range(2, 9):
        write(page, thread, "\n\n".join([f"Reply number {number}"] * 12))
    olga = visit(thread, as_member="olga")
    for position in (4, 8):
        delete(olga, position)
    page.goto(thread)
    page.evaluate("document.querySelector('#post-7').scrollIntoView({ block: 'start', behavior: 'instant' })")
    expect(page.locator(".post")).to_have_count(6)
    expect(page.locator("[data-here]")).to_contain_text("#7")
    assert page.locator("[data-progress]").evaluate("track => track.style.getPropertyValue('--at')") == "1"


def delete(page: Page, position: int) -> None:
    """Delete a post as a moderator."""
    token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    post = page.evaluate(f"document.querySelector('#post-{position}')?.dataset.postId")
    answer = page.request.post(f"/posts/{post}/delete", form={"csrf_token": token, "reason": ""}, max_redirects=0)
    assert answer.status == 303


@pytest.mark.parametrize("is_dark", [False, True])
def test_sidebar_lines_never_show_through_the_progress_bar(
    visit: Callable[..., Page], thread: str, is_dark: bool
) -> None:
    page = visit(thread, as_member="anna", width=1440, dark=is_dark)
    for number in range(2, 9):
        write(page, thread, "\n\n".join([f"Reply number {number}"] * 12))
    page.goto(thread)
    height = page.evaluate("document.documentElement.scrollHeight")
    seen = 0
    for top in range(0, height, 150):
        page.evaluate("top => scrollTo({ top, behavior: 'instant' })", top)
        covered = page.evaluate(COVERED)
        seen += covered["points"]
        assert covered["others"] == []
    assert seen > 100
    assert page.locator(".progress").evaluate("bar => getComputedStyle(bar).backgroundColor").startswith("rgb(")


COVERED = """() => {
  const bar = document.querySelector(".progress");
  const { left, top, right, bottom } = bar.getBoundingClientRect();
  const head = document.querySelector("header").getBoundingClientRect().bottom;
  const others = [];
  let points = 0;
  for (let x = left + 2; x < right; x += 20) {
    for (let y = Math.max(top + 2, head); y < Math.min(bottom, innerHeight); y += 8, points++) {
      const there = document.elementFromPoint(x, y);
      if (there && !bar.contains(there)) others.push(there.outerHTML.slice(0, 80));
    }
  }
  return { points, others };
}"""
