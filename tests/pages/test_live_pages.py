"""In the manner of Zulip's: after every act, a page with what its stream told it equals the page made anew."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page, expect

from tests.pages.conftest import send

pytestmark = pytest.mark.browser

SECONDS = 6_000  # milliseconds within which an open page must show an act
READERS = ("", "anna", "ben", "olga")  # a guest, a member, the author of what changes, and an admin

# The posts of a page without what scripts add, without times, and without what differs in each response.
PLAIN = """() => {
  const main = document.querySelector("main").cloneNode(true);
  for (const added of main.querySelectorAll(".card-more, .unfold, .mark-new")) added.remove();
  for (const time of main.querySelectorAll("time")) time.replaceWith("TIME");
  for (const field of main.querySelectorAll("input[type=hidden]")) field.removeAttribute("value");
  for (const one of main.querySelectorAll("[tabindex]")) one.removeAttribute("tabindex");
  for (const one of main.querySelectorAll('[class=""]')) one.removeAttribute("class");
  for (const part of main.querySelectorAll(".thread-head .meta, .thread-head .unread")) part.remove();
  const shown = [".thread-head h1", ".thread > .posts"].map((name) => main.querySelector(name)?.outerHTML ?? "");
  return shown.join("\\n").replace(/\\s+/g, " ").replace(/>\\s*</g, ">\\n<");
}"""


class Scene:
    """An open thread with its readers, each in a browser of their own."""

    def __init__(self, visit: Callable[..., Page], thread: str) -> None:
        self.thread = thread
        self.acting = {name: visit(thread, as_member=name, scripts=False).context for name in ("mona", "ben", "olga")}
        self.pages = {name: visit(thread, as_member=name) for name in READERS}
        for page in self.pages.values():
            page.wait_for_timeout(2500)  # until its stream is open and checked

    def document(self, name: str = "mona", path: str = "") -> BeautifulSoup:
        return BeautifulSoup(self.acting[name].request.get(path or self.thread).text(), "html.parser")

    def post_id(self, position: int, name: str = "mona") -> str:
        post = self.document(name).select_one(f"#post-{position}")
        assert post
        return str(post["data-post-id"])

    def act(self, name: str, path: str, **fields: str) -> None:
        """Send a form as a member."""
        context = self.acting[name]
        token = self.document(name).select_one('meta[name="csrf-token"]')
        assert token
        answer = context.request.post(path, form={"csrf_token": str(token["content"]), **fields}, max_redirects=0)
        assert answer.status in {303, 200}, answer.text()

    def reply(self, name: str, words: str) -> None:
        self.act(name, self.thread_path() + "/reply", body=words)

    def thread_path(self) -> str:
        found = self.document().select_one(".viewers")
        assert found
        return str(found["data-url"]).removesuffix("/viewers")

    def assert_all_are_as_anew(self) -> None:
        """Every reader's open page shows within seconds what it shows when it is opened again."""
        for name, page in self.pages.items():
            anew = page.context.new_page()
            anew.goto(self.thread)
            expected = anew.evaluate(PLAIN)
            anew.close()
            for _ in range(SECONDS // 100):
                if page.evaluate(PLAIN) == expected:
                    break
                page.wait_for_timeout(100)
            assert page.evaluate(PLAIN) == expected, f"the page of {name or 'a guest'}"


@pytest.fixture
def scene(visit: Callable[..., Page], thread: str) -> Scene:
    return Scene(visit, thread)


def test_after_every_act_an_open_page_equals_the_page_made_anew(scene: Scene) -> None:
    scene.reply("ben", "The first answer")
    scene.assert_all_are_as_anew()
    scene.reply("mona", "The second answer, with a > quote\n\n||and a spoiler||")
    scene.assert_all_are_as_anew()
    second = scene.post_id(2)
    scene.act("ben", f"/posts/{second}/edit", body="The first answer, mended")
    scene.assert_all_are_as_anew()
    scene.act("mona", f"/posts/{second}/reaction", kind="like")
    scene.assert_all_are_as_anew()
    scene.act("mona", f"/posts/{second}/reaction", kind="")
    scene.assert_all_are_as_anew()
    scene.act("olga", f"/posts/{second}/delete", reason="Off topic")
    scene.assert_all_are_as_anew()
    scene.act("olga", f"/posts/{second}/undelete")
    scene.assert_all_are_as_anew()
    scene.act("olga", f"{scene.thread_path()}/title", title="Another title, and what it changes")
    scene.assert_all_are_as_anew()
    scene.act("olga", f"/posts/{second}/notice", staff_notice="Mind the tone")
    scene.assert_all_are_as_anew()
    scene.act("olga", f"{scene.thread_path()}/lock")
    scene.assert_all_are_as_anew()
    scene.act("olga", f"{scene.thread_path()}/unlock")
    scene.assert_all_are_as_anew()


def test_what_the_reader_is_busy_with_is_replaced_only_afterwards(scene: Scene) -> None:
    scene.reply("ben", "The first answer")
    page = scene.pages["anna"]
    expect(page.locator("#post-2")).to_have_count(1, timeout=SECONDS)
    page.locator("#post-2 .i-more").click()
    scene.act("ben", f"/posts/{scene.post_id(2)}/edit", body="Mended while the menu is open")
    expect(scene.pages[""].locator("#post-2 .post-body")).to_contain_text("Mended while", timeout=SECONDS)
    page.wait_for_timeout(1000)
    expect(page.locator("#post-2 .menu[open]")).to_have_count(1)
    expect(page.locator("#post-2 .post-body")).to_have_text("The first answer")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    expect(page.locator("#post-2 .post-body")).to_have_text("Mended while the menu is open", timeout=SECONDS)


def test_a_deletion_above_does_not_move_what_is_being_read(scene: Scene) -> None:
    for number in range(3):
        scene.reply("ben", "\n\n".join(f"Line {line} of answer {number}" for line in range(12)))
    page = scene.pages["anna"]
    expect(page.locator("#post-4")).to_have_count(1, timeout=SECONDS)
    page.locator("#post-4").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.querySelector('#post-4').offsetTop - 100)")
    before = page.locator("#post-4").bounding_box()
    scene.act("olga", f"/posts/{scene.post_id(2)}/delete", reason="Off topic")
    expect(page.locator("#post-2")).to_have_count(0, timeout=SECONDS)
    after = page.locator("#post-4").bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 2


def test_others_see_who_is_replying_until_they_have_stopped(visit: Callable[..., Page], thread: str) -> None:
    reader, writer = visit(thread), visit(thread, as_member="ben")
    reader.wait_for_timeout(2500)
    writer.click("[data-reply]")
    writer.keyboard.type("I think that")
    expect(reader.locator("#typing")).to_have_text("ben is replying …", timeout=SECONDS)
    writer.goto("about:blank")
    expect(reader.locator("#typing")).to_be_empty(timeout=2 * SECONDS)


def test_the_bell_counts_on_pages_other_than_threads(visit: Callable[..., Page], thread: str) -> None:
    ben, mona = visit(thread, as_member="ben", scripts=False), visit("/members", as_member="mona")
    before = mona.locator(".bell .badge").text_content() if mona.locator(".bell .badge").count() else "0"
    mona.wait_for_timeout(2500)
    ben.fill("#reply [name=body]", "For who started it")
    ben.click("#reply button[type=submit]")
    expect(mona.locator(".bell .badge")).to_have_text(str(int(before or 0) + 1), timeout=SECONDS)


def test_a_list_says_how_many_threads_are_new_and_a_conversation_shows_new_messages(
    visit: Callable[..., Page], place: str
) -> None:
    reader, writer = visit("/"), visit("/", as_member="ben")
    other = visit("/", as_member="anna")
    reader.wait_for_timeout(2500)
    board = writer.locator('main a[href^="/boards/"]').first.get_attribute("href")
    send(writer.context, f"{board}/post-thread", title="What is new", body="Words")
    expect(reader.locator(".new-threads")).to_have_text("1 new thread", timeout=SECONDS)
    reader.locator(".new-threads a").click()
    expect(reader.locator("main")).to_contain_text("What is new")
    path = send(writer.context, "/conversations/new", to="anna", title="Between us", body="The first message")
    other.goto(path)
    other.mouse.move(2, 2)
    other.wait_for_timeout(2500)
    send(writer.context, f"{path}/reply", body="The second message")
    expect(other.locator("#message-2 .post-body")).to_have_text("The second message", timeout=SECONDS)
