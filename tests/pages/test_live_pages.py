"""In the manner of Zulip's: after every act, a page with what its stream told it equals the page made anew."""

from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page, expect

from tests.cli.commands import forum
from tests.pages.conftest import send

pytestmark = pytest.mark.browser

AGAIN = 70_000  # within which a page asks again that its reader could not see
SECONDS = 6_000  # milliseconds within which an open page must show an act
WRITERS = ("anna", "mona", "ben", "olga")
READERS = ("", "anna", "ben", "olga")  # a guest, a member, the author of what changes, and an admin

# What a page shows without what scripts add, without times and counts of views, and without what differs in each
# response or concerns only its reader (what they watch, where they have read to).
PLAIN = """() => {
  const page = document.body.cloneNode(true);
  for (const added of page.querySelectorAll(".card-more, .unfold, .mark-new, .meta > :last-child")) added.remove();
  for (const time of page.querySelectorAll("time")) time.replaceWith("TIME");
  for (const field of page.querySelectorAll("input[type=hidden]")) field.removeAttribute("value");
  for (const one of page.querySelectorAll("[tabindex], .posts")) {
    one.removeAttribute("tabindex");
    one.removeAttribute("aria-live");
  }
  for (const one of page.querySelectorAll('[class=""]')) one.removeAttribute("class");
  page.querySelector(".rail .facts > :last-child")?.remove();
  const around = [".crumbs", "main h1", ".thread-head .meta", "main nav.pages", "main .notice", ".rail > .only-wide"];
  const within = ["main .posts", ".read-by", ".talk-members", "#reply .join", "#reply .hint"];
  const shown = [...around, ...within].flatMap((name) => [...page.querySelectorAll(name)]);
  const acts = [...page.querySelectorAll(".thread-head [formaction]")].map((one) => one.getAttribute("formaction"));
  const form = page.querySelector("#reply form textarea") ? "FORM" : "";
  const title = document.title.replace(/^\\(\\d+\\) /, "");
  const parts = [title, form, ...acts, ...shown.map((one) => one.outerHTML)].join("\\n");
  return parts.replace(/\\s+/g, " ").replace(/>\\s*</g, ">\\n<");
}"""


class Scene:
    """An open thread with its readers, each in a browser of their own."""

    def __init__(self, visit: Callable[..., Page], thread: str, readers: tuple[str, ...] = READERS) -> None:
        self.thread = thread
        self.acting = {name: visit(thread, as_member=name, scripts=False).context for name in WRITERS}
        self.pages = {name: visit(thread, as_member=name) for name in readers}
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

    def other_board(self) -> str:
        """The number of the last board that threads can be moved to and that guests see."""
        options = self.document("olga", self.thread_path("olga") + "/move").select("select[name=board] option")
        guest = self.pages[""].context.request
        numbers = [str(option["value"]) for option in options if option.get("value")]
        return next(each for each in reversed(numbers) if guest.get(f"/boards/{each}-any-name").ok)

    def link_to(self, title: str) -> str:
        """The address of the newest thread with a title."""
        found = next(link for link in self.document("olga", "/").select("main a") if title in link.text)
        return str(found["href"]).partition("?")[0].removesuffix("/unread").removesuffix("/latest")

    def thread_path(self, name: str = "mona") -> str:
        found = self.document(name).select_one(".viewers")
        assert found
        return str(found["data-url"]).removesuffix("/viewers")

    def submit(
        self, name: str, path: str, button: str = "main button[type=submit], main .button", **fields: str
    ) -> None:
        """Fill in the form of a page as a member, and send it."""
        page = self.acting[name].new_page()
        page.goto(path)
        for field, value in fields.items():
            place = page.locator(f"main [name={field}]").first
            if place.evaluate("one => one.tagName") == "SELECT":
                place.select_option(value)
            elif place.get_attribute("type") in {"checkbox", "radio"}:
                page.locator(f"main [name={field}][value={value}]").check()
            else:
                place.fill(value)
        page.locator(button).last.click()
        page.wait_for_load_state()
        page.close()

    def assert_all_are_as_anew(self) -> None:
        """Every reader's open page shows within seconds what it shows when it is opened again."""
        assert_are_as_anew(self.pages, self.thread)


def assert_are_as_anew(pages: dict[str, Page], path: str) -> None:
    """Every reader's open page shows within seconds what it shows when it is opened again."""
    for name, page in pages.items():
        anew = page.context.new_page()
        anew.goto(path)
        expected = anew.evaluate(PLAIN)
        anew.close()
        for _ in range(SECONDS // 100):
            if page.evaluate(PLAIN) == expected:
                break
            page.wait_for_timeout(100)
        found = unified_diff(expected.split("\n"), page.evaluate(PLAIN).split("\n"), lineterm="", n=1)
        assert "\n".join(found) == "", f"the page of {name or 'a guest'}"


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


def test_after_every_act_of_moderators_an_open_page_equals_the_page_made_anew(scene: Scene) -> None:
    path = scene.thread_path()
    for number in range(2, 5):
        scene.reply("ben", f"Answer {number}")
    scene.act("olga", f"{path}/pin")
    scene.assert_all_are_as_anew()
    scene.submit("olga", f"{path}/locking", state="locked", lock_reason="It is said")
    scene.assert_all_are_as_anew()
    scene.act("olga", f"{path}/unlock")
    scene.assert_all_are_as_anew()
    scene.act("olga", f"{path}/slow-mode", minutes="5")
    scene.assert_all_are_as_anew()
    scene.act("olga", f"{path}/slow-mode", minutes="0")
    scene.submit("olga", f"{path}/move", board=scene.other_board())
    scene.assert_all_are_as_anew()
    scene.act(
        "olga", f"{path}/split", title="Split off", board=scene.other_board(), **{f"post_{scene.post_id(2)}": "yes"}
    )
    scene.assert_all_are_as_anew()
    scene.submit("olga", scene.link_to("Split off") + "/merge", into=scene.thread)
    scene.assert_all_are_as_anew()


def test_what_is_approved_appears_in_open_pages(scene: Scene, data: Path) -> None:
    assert forum(data, "setting", "set", "held_words", "wombatwort").returncode == 0
    scene.reply("anna", "A wombatwort that waits")
    scene.assert_all_are_as_anew()
    expect(scene.pages["anna"].locator("#waiting")).to_contain_text("A wombatwort")
    expect(scene.pages["ben"].locator("main")).not_to_contain_text("A wombatwort")
    waiting = scene.document("olga").select_one("#waiting .post")
    assert waiting
    scene.submit(
        "olga", f"/moderation/queue/posts/{waiting['data-post-id']}", 'main form[action$="/approve"] [type=submit]'
    )
    expect(scene.pages[""].locator(".posts")).to_contain_text("A wombatwort", timeout=SECONDS)
    scene.assert_all_are_as_anew()


def test_who_may_not_see_a_thread_any_longer_is_told_so_until_they_may_again(scene: Scene) -> None:
    scene.reply("ben", "The first answer")
    scene.assert_all_are_as_anew()
    scene.act("olga", f"{scene.thread_path()}/delete", reason="Off topic")
    for name in ("", "anna", "ben"):
        expect(scene.pages[name].locator("#page-ended")).to_contain_text("not here any more", timeout=SECONDS)
    assert_are_as_anew({"olga": scene.pages["olga"]}, scene.thread)
    scene.act("olga", f"{scene.thread_path('olga')}/undelete")
    scene.act("ben", f"/posts/{scene.post_id(2)}/edit", body="Mended since")
    for name in ("", "anna", "ben"):
        expect(scene.pages[name].locator("#page-ended")).to_have_count(0, timeout=AGAIN)
    scene.assert_all_are_as_anew()


def test_what_is_typed_stays_when_the_thread_is_locked_and_can_be_sent_when_it_is_opened(scene: Scene) -> None:
    page, path = scene.pages["anna"], scene.thread_path()
    page.fill("#body", "Half a thought")
    scene.act("olga", f"{path}/lock")
    expect(page.locator("#reply .join")).to_be_visible(timeout=SECONDS)
    expect(page.locator("#body")).to_have_value("Half a thought")
    expect(page.locator("#reply [type=submit]")).to_be_disabled()
    scene.act("olga", f"{path}/unlock")
    expect(page.locator("#reply .join")).to_have_count(0, timeout=SECONDS)
    page.click("#reply [type=submit]")
    expect(page.locator("#post-2 .post-body")).to_have_text("Half a thought")


def test_a_form_that_comes_with_the_unlocking_can_be_used(visit: Callable[..., Page], thread: str) -> None:
    scene = Scene(visit, thread, readers=())
    scene.act("olga", f"{scene.thread_path()}/lock")
    page = visit(thread, as_member="ben")
    page.wait_for_timeout(2500)
    scene.act("olga", f"{scene.thread_path()}/unlock")
    page.locator("#reply textarea").fill("At last **I can**", timeout=SECONDS)
    expect(page.locator("#reply [data-tool]").first).to_be_enabled()
    page.click("#reply [type=submit]")
    expect(page.locator("#post-2 .post-body")).to_have_text("At last I can")


def test_after_every_act_an_open_conversation_equals_the_page_made_anew(visit: Callable[..., Page]) -> None:
    ben = visit("/", as_member="ben", scripts=False).context
    path = send(ben, "/conversations/new", to="anna", title="Between us", body="The first message")
    send(ben, f"{path}/reply", body="The second message")
    pages = {"anna": visit(path, as_member="anna"), "ben": visit(path, as_member="ben")}
    for page in pages.values():
        page.wait_for_timeout(2500)
    number = path.split("/")[2].split("-")[0]
    send(ben, f"/conversations/{number}/messages/2/edit", body="The second message, mended")
    expect(pages["anna"].locator("#message-2 .post-body")).to_have_text("The second message, mended", timeout=SECONDS)
    assert_are_as_anew(pages, path)
    anna = pages["anna"].context
    token = BeautifulSoup(anna.request.get(path).text(), "html.parser").select_one('meta[name="csrf-token"]')
    assert token
    form: dict[str, str | float | bool] = {"csrf_token": str(token["content"]), "kind": "like"}
    anna.request.post(f"/conversations/{number}/messages/2/reaction", form=form, max_redirects=0)
    assert_are_as_anew(pages, path)
    path = send(ben, f"{path}/title", title="Between the two of us")
    assert_are_as_anew(pages, path)
    send(ben, f"{path}/invite", to="mona")
    assert_are_as_anew(pages, path)
    send(anna, f"{path}/reply", body="All three")
    assert_are_as_anew(pages, path)


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
