"""A moderator's day: an honest newcomer, a spammer, reports, threads in disorder, and what guests see of all that."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.cli.commands import forum
from tests.factories import PASSWORD
from tests.pages.conftest import enter, send
from tests.pages.test_axe import faults
from tests.parts import in_ci
from tests.running import create_member, served

pytestmark = pytest.mark.browser
PEOPLE = ("mona", "anna", "dan", "nell", "pillow")
QUESTIONS, TALK = "/boards/3-questions-and-feedback", "/boards/6-general-discussion"
HONEST = "I walked there this morning: https://pictures.example/path"
INSULT = "Only a numskull walks there"
ADVERT = "Sleep like a marmot"
HELD_ADVERT = "Buy a marmot at https://marmots.example/buy"
WAYS_OUT = (
    "/",
    QUESTIONS,
    TALK,
    "/whats-new",
    "/feed.atom",
    f"{QUESTIONS}/feed.atom",
    f"{TALK}/feed.atom",
    "/sitemaps/1.xml",
    "/search?q=walked",
    "/search?q=numskull",
    "/search?q=marmot",
    "/members",
    "/api/v1/threads",
    "/api/v1/whats-new",
    "/api/v1/search?q=walked",
    "/api/v1/search?q=numskull",
    "/api/v1/search?q=marmot",
)
Log = Callable[..., BrowserContext]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The URL of a forum with two workers in which posts with links by new members wait."""
    data = tmp_path / "data"
    with served(data, "--workers", "2", FORUM_SEED="defaults") as url:
        for name in PEOPLE:
            create_member(data, name)
        for words in (("set-role", "mona", "moderator"), ("setting", "set", "hold_links", "true")):
            done = forum(data, *words, FORUM_SECRET_KEY=None, FORUM_SEED=None)
            assert done.returncode == 0, done
        yield url


@pytest.fixture
def browse(chromium: Browser, address: str, width: int) -> Iterator[Log]:
    """A function that opens a browser of a guest, or of a member who is logged in."""
    contexts = []

    def opened(name: str = "") -> BrowserContext:
        context = chromium.new_context(
            base_url=address,
            viewport={"width": width, "height": 850},
            color_scheme="dark" if width < 800 else "light",
        )
        contexts.append(context)
        context.set_default_timeout(8000)
        if name:
            enter(context, name)
        return context

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [390, *([1440] if in_ci() else [])])
def test_a_moderator_keeps_the_forum_clean_and_fair(browse: Log) -> None:
    guest, anna, dan, pillow = browse(), browse("anna"), browse("dan"), browse("pillow")
    path = start_thread(anna, QUESTIONS, "The towpath is flooded", "Is there a dry way?")
    insult = post_of(dan, reply(dan, path, INSULT), 2)
    reply(anna, path, "By the way, I sell a canoe.")
    double = start_thread(anna, TALK, "Is the towpath flooded?", "I cannot see it from here.")
    reply(pillow, path, f"{ADVERT} on our pillows")
    start_thread(pillow, TALK, f"{ADVERT} today", "Write to us.")
    send(anna, f"{insult}/report", kind="abuse", words="He calls me names.")
    nell, mona = browse("nell").new_page(), browse("mona").new_page()
    write_and_wait(nell, path)
    reply(pillow, path, HELD_ADVERT)
    assert not told_to(guest, path, HONEST, HELD_ADVERT)
    decide_by_keyboard(mona)
    read_that_it_is_public(nell, path)
    expect_public(guest, path, HONEST)
    decide_the_report(mona, insult)
    assert "Be civil, please" in anna.request.get("/account/reports").text()
    member = author_of(mona, path, 2)
    warn(mona, member)
    ban_for_a_week(mona, member)
    merge(mona, double, path)
    bargain = split(mona, path)
    move(mona, bargain)
    spammer = author_of(mona, path, 4)
    clean_up_and_undo(mona, spammer, lambda: seen_by(guest, path, ADVERT))
    of_the_insult = (insult, f"{insult}/history", f"{insult}/reactions", f"/api/v1{insult}", member, bargain)
    assert told_to(guest, path, INSULT, ADVERT, HELD_ADVERT, "He calls me names", "Be civil", also=of_the_insult) == []
    log_tells(mona)


def start_thread(member: BrowserContext, board: str, title: str, body: str) -> str:
    return send(member, f"{board}/post-thread", title=title, body=body)


def reply(member: BrowserContext, thread: str, body: str) -> str:
    send(member, f"{thread}/reply", body=body)
    return thread


def found(member: BrowserContext, thread: str, selector: str) -> str:
    link = BeautifulSoup(member.request.get(thread).text(), "html.parser").select_one(selector)
    assert link, selector
    return urlsplit(str(link["href"])).path


def post_of(member: BrowserContext, thread: str, position: int) -> str:
    return found(member, thread, f"#post-{position} .post-number")


def author_of(page: Page, thread: str, position: int) -> str:
    return found(page.context, thread, f"#post-{position} .card h2 a")


def told_to(guest: BrowserContext, thread: str, *hidden: str, also: tuple[str, ...] = ()) -> list[str]:
    """The ways out in which a guest reads any of these words."""
    paths = (*WAYS_OUT, thread, f"{thread}/feed.atom", f"/api/v1{thread.partition('-')[0]}/posts", *also)
    answers = {path: guest.request.get(path) for path in paths}
    assert [path for path in WAYS_OUT if not answers[path].ok] == []
    return [path for path, answer in answers.items() if any(words in answer.text() for words in hidden)]


def seen_by(guest: BrowserContext, thread: str, words: str) -> bool:
    return bool(told_to(guest, thread, words))


def expect_public(guest: BrowserContext, thread: str, words: str) -> None:
    page = guest.new_page()
    page.goto(thread)
    wait_until(page, lambda: page.reload() is not None and page.get_by_text(words).count() > 0)
    page.close()


def wait_until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait until it is so in the pages of both workers; the other one learns of it within a second."""
    for _ in range(50):
        if is_so():
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.locator("main").inner_text())


def fits(page: Page) -> None:
    """Nothing is cut off at the side, and axe finds nothing: in the dark on phones, else in the light."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    if in_ci():
        assert faults(page) == [], page.url


def press(page: Page, button: str, then: str = "", *, heading: str = "") -> None:
    """Press a button of a form; the next page says what was done, in a toast or as its heading."""
    fits(page)
    page.locator("main").get_by_role("button", name=button, exact=True).last.click()
    if heading:
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    else:
        expect(page.locator(".toast")).to_contain_text(then)
    fits(page)


def write_and_wait(nell: Page, thread: str) -> None:
    """The newcomer's reply has a link: it waits, and the newcomer reads so and keeps the text."""
    nell.goto(thread)
    nell.locator("textarea[name=body]").fill(HONEST)
    nell.get_by_role("button", name="Post reply").click()
    expect(nell.locator(".toast")).to_contain_text("Your reply waits for approval")
    mine = nell.locator(".post", has_text="Waiting for approval")
    expect(mine).to_contain_text("I walked there this morning")
    fits(nell)


def decide_by_keyboard(mona: Page) -> None:
    """Approve the newcomer's reply; reject the advertisement, undo it, and reject it as spam."""
    mona.goto("/moderation")
    mona.get_by_role("link", name="Approval queue").first.click()
    expect(mona.get_by_role("heading", level=1)).to_have_text("Approval queue")
    fits(mona)
    honest, advert = mona.locator("[data-review]").all()
    mona.keyboard.press("j")
    expect(honest).to_be_focused()
    assert mona.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    mona.keyboard.press("k")
    expect(honest).to_be_focused()
    mona.keyboard.press("a")
    expect(advert).to_be_focused()
    expect(honest.get_by_role("status")).to_contain_text("Approved.")
    mona.keyboard.press("r")
    expect(advert.get_by_role("status")).to_contain_text("Not approved.")
    mona.keyboard.press("u")
    expect(advert.get_by_role("status")).to_contain_text("It waits for approval again.")
    expect(advert).to_be_focused()
    mona.keyboard.press("s")
    expect(advert.get_by_role("status")).to_contain_text("Not approved: spam.")


def read_that_it_is_public(nell: Page, thread: str) -> None:
    nell.goto("/notifications")
    nell.locator(".notification-row", has_text="The towpath is flooded").get_by_role("link").first.click()
    expect(nell.locator(".post", has_text="I walked there this morning")).to_be_visible()
    expect(nell.get_by_text("Waiting for approval")).to_have_count(0)
    assert urlsplit(nell.url).path == thread


def decide_the_report(mona: Page, post: str) -> None:
    mona.goto("/moderation/reports")
    mona.locator("main .rows").get_by_role("link", name="The towpath is flooded").click()
    expect(mona.get_by_role("heading", level=1)).to_have_text("Reported post")
    expect(mona.locator(".reported").first).to_have_text(INSULT)
    expect(mona.locator("#reason")).to_be_hidden()
    mona.get_by_label("Answer to those who reported").fill("Thank you. Be civil, please.")
    mona.get_by_label("If they are right, delete the post").check()
    mona.locator("#reason").fill("An insult")
    press(mona, "The reports are right", "Decided.")
    mona.goto(post)
    expect(mona.get_by_text("This post is deleted. An insult")).to_be_visible()


def warn(mona: Page, member: str) -> None:
    mona.goto(f"{member}/moderate")
    mona.get_by_role("link", name="Warn", exact=True).click()
    mona.get_by_label("Rude or insulting").check()
    mona.get_by_label("Words to the member").fill("Argue about the path, not about people.")
    press(mona, "Warn member", "Member warned.")


def ban_for_a_week(mona: Page, member: str) -> None:
    """Who is banned until a day reads why and until when at the login form."""
    mona.goto(f"{member}/moderate")
    mona.get_by_role("link", name="Ban", exact=True).click()
    mona.locator("#reason").fill("Insults after a warning")
    mona.get_by_label("Banned until").fill((datetime.now(UTC) + timedelta(days=7)).date().isoformat())
    press(mona, "Ban member", "Member banned.")
    banned = mona.context.browser
    assert banned
    page = banned.new_page(base_url=mona.url.split("/members")[0])
    page.goto("/login")
    page.get_by_label("Name or e-mail").fill("dan")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main form button.button").click()
    expect(page.get_by_role("alert")).to_contain_text("You are banned until")
    expect(page.get_by_role("alert")).to_contain_text("Insults after a warning")
    page.context.close()


def open_act(mona: Page, thread: str, act: str) -> None:
    """Choose an act in the menu of a thread."""
    mona.goto(thread)
    menu = mona.locator("details.menu", has=mona.locator("summary", has_text="Moderate")).first
    menu.locator("summary").click()
    menu.get_by_role("link", name=act).click()


def merge(mona: Page, thread: str, into: str) -> None:
    open_act(mona, thread, "Merge into another thread")
    mona.get_by_label("Address or number of the thread that stays").fill(into)
    mona.get_by_role("button", name="Continue").click()
    expect(mona.get_by_text("This thread stays")).to_be_visible()
    press(mona, "Merge", "Threads merged.")
    assert urlsplit(mona.url).path == into
    expect(mona.get_by_text("I cannot see it from here.")).to_be_visible()
    mona.goto(thread)
    expect(mona.get_by_role("heading", level=1)).to_have_text("The towpath is flooded")


def split(mona: Page, thread: str) -> str:
    open_act(mona, thread, "Split posts")
    mona.locator(".rows .bar", has_text="I sell a canoe").get_by_role("checkbox").check()
    mona.get_by_label("Title").fill("A canoe for sale")
    press(mona, "Split posts", "Posts moved to this thread.")
    expect(mona.get_by_role("heading", level=1)).to_have_text("A canoe for sale")
    return urlsplit(mona.url).path


def move(mona: Page, thread: str) -> None:
    open_act(mona, thread, "Move")
    mona.get_by_label("To board").select_option(label="General discussion")
    press(mona, "Move", "Thread moved.")
    expect(mona.get_by_role("navigation", name="Breadcrumb")).to_contain_text("General discussion")


def clean_up_and_undo(mona: Page, member: str, is_seen: Callable[[], bool]) -> None:
    """Two clicks clean up after a spammer, one undoes all of it, and it can be done again."""
    assert is_seen()
    clean_up(mona, member)
    wait_until(mona, lambda: not is_seen())
    mona.get_by_role("button", name="Undo everything").click()
    expect(mona.get_by_role("heading", level=1)).to_have_text("The cleaning is undone")
    wait_until(mona, is_seen)
    clean_up(mona, member)
    wait_until(mona, lambda: not is_seen())


def clean_up(mona: Page, member: str) -> None:
    mona.goto(member)
    mona.get_by_role("link", name="Clean up").click()
    expect(mona.get_by_text("This would remove:")).to_be_visible()
    press(mona, "Clean up", heading="Cleaned up")


def log_tells(mona: Page) -> None:
    mona.goto("/moderation/log")
    table = mona.locator("table.log")
    for act in ("Cleaned up after member", "Moved thread", "Banned member", "Warned member", "Deleted post"):
        expect(table).to_contain_text(act)
    fits(mona)
