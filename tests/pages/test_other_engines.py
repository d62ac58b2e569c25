"""Firefox and WebKitGTK: a member watches, is told at once, stops it from a mail, talks in private and ignores."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.engines import Window, firefox, webkit
from tests.factories import PASSWORD
from tests.pages.conftest import enter, send
from tests.pages.test_members_are_told import BOARD, Place, act, confirm_address, first_with, forum_with_mail, text_of
from tests.parts import require_part

pytestmark = pytest.mark.sqlite
AT_ONCE = 8.0  # seconds on a busy machine; test_members_are_told holds the promised one
ENGINES = {"Firefox": firefox, "WebKitGTK": webkit}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with forum_with_mail(tmp_path_factory.mktemp("engines")) as made:
        yield made


@pytest.fixture
def client(chromium: Browser, place: Place) -> Iterator[Callable[[str], BrowserContext]]:
    """A function that logs a member in who opens no page."""
    contexts: list[BrowserContext] = []

    def logged_in(name: str) -> BrowserContext:
        contexts.append(chromium.new_context(base_url=place.url))
        enter(contexts[-1], name)
        return contexts[-1]

    yield logged_in
    for context in contexts:
        context.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_member_is_told_at_once_and_can_stop_it_talk_and_ignore(
    place: Place, client: Callable[[str], BrowserContext], tmp_path: Path, engine: str
) -> None:
    require_part(engine)
    ben, cleo = client("ben"), client("cleo")
    thread = send(ben, f"{BOARD}/post-thread", title=f"Seen in {engine}", body="Is there a dry way?")
    confirm_address(client("anna"), place.sent)
    with ENGINES[engine](tmp_path) as window:
        log_in(window, place.url)
        watch_with_mail(window, place.url + thread)
        place.sent.letters.clear()
        is_told(window, place, cleo, thread)
        sees_replies_and_typing(window, place, cleo, thread)
        stops_mail(window, place, engine)
        talks(window, place, ben, engine)
        ignores(window, place, {"ben": ben, "cleo": cleo}, thread)


def log_in(window: Window, url: str) -> None:
    window.go(f"{url}/login")
    window.type("main [name=username]", "anna")
    window.type("main [name=password]", PASSWORD)
    window.send("main form button.button")


def watch_with_mail(window: Window, address: str) -> None:
    window.go(address)
    window.click(".thread-head .split-button summary")
    window.send(".thread-head .split-button [name=level][value=mail]")
    window.wait("document.querySelector('.thread-head [value=mail][aria-current=true]')")


def is_told(window: Window, place: Place, cleo: BrowserContext, thread: str) -> None:
    window.go(f"{place.url}/members")
    wait_for_the_stream(window)
    act(cleo, f"{thread}/reply", body="Over the *dam*, to the left.")
    window.wait(badge_is("1"), 3 * AT_ONCE)  # a job tells those who watch
    place.send_mail_now()
    assert "Over the dam, to the left." in text_of(first_with(place.sent, "Seen in"))
    window.click("a.bell")
    window.wait("document.querySelector('.panel')?.textContent.includes('Seen in')")
    window.wait("!document.querySelector('.bell .badge')")


def sees_replies_and_typing(window: Window, place: Place, cleo: BrowserContext, thread: str) -> None:
    window.go(place.url + thread)
    wait_for_the_stream(window)
    act(cleo, f"{thread}/reply", body="And **then** along the canal.")
    window.wait("document.querySelector('#post-3')?.innerText.includes('And then along the canal.')", AT_ONCE)
    act(cleo, f"{thread}/typing", answer=204, typing="1")
    window.wait("document.querySelector('#typing').innerText.includes('cleo is replying')", 3 * AT_ONCE)
    window.type("#body", "Thank you, **that** is dry.")
    window.send("#reply [type=submit]")
    window.wait("document.querySelector('#post-4 strong')?.innerText === 'that'")


def stops_mail(window: Window, place: Place, engine: str) -> None:
    """By the page to which the link in a mail leads, which changes nothing before its button is pressed."""
    header = str(first_with(place.sent, f"Seen in {engine}")["List-Unsubscribe"])
    window.go(header.partition(">")[0].lstrip("<"))
    window.send("main .rows form button")
    window.wait("document.querySelector('main .notice').innerText.includes('Stopped')")
    window.send("main [name=undo]")
    window.wait("document.querySelector('main .notice').innerText.includes('Sent again')")


def talks(window: Window, place: Place, ben: BrowserContext, engine: str) -> None:
    window.go(f"{place.url}/members")
    wait_for_the_stream(window)
    talk = send(ben, "/conversations/new", to="anna", title=f"A walk in {engine}", body="Shall we go together?")
    window.wait(badge_is("1"), 3 * AT_ONCE)
    window.go(place.url + talk)
    wait_for_the_stream(window)
    act(ben, f"{talk}/reply", body="On *Sunday*, perhaps?")
    window.wait("document.querySelector('main .posts').innerText.includes('On Sunday, perhaps?')", AT_ONCE)
    window.type("#body", "Gladly :)")
    window.send("#reply [type=submit]")
    window.wait("document.querySelector('main .posts').innerText.includes('Gladly')")


def ignores(window: Window, place: Place, others: dict[str, BrowserContext], thread: str) -> None:
    """What an ignored member writes afterwards tells nobody who ignores them; what another writes does."""
    window.go(place.url + thread)
    window.send("#post-1 .card h2 a")
    window.send("[formaction$='/ignore']")
    window.go(f"{place.url}/members")
    wait_for_the_stream(window)
    act(others["ben"], f"{thread}/reply", body="Or not, @anna?")
    act(others["cleo"], f"{thread}/reply", body="Surely, @anna.")
    window.wait(badge_is("1"), 3 * AT_ONCE)
    window.go(f"{place.url}/notifications")
    window.wait("document.querySelector('main').innerText.includes('cleo mentioned you')")
    assert not window.run("return document.querySelector('main').innerText.includes('ben mentioned you')")
    window.go(f"{place.url}/account/ignored")
    window.send("main [formaction*='/unignore']")


def badge_is(number: str) -> str:
    return f"document.querySelector('.bell .badge')?.textContent === '{number}'"


def wait_for_the_stream(window: Window) -> None:
    """Pages open their stream once the reader does something."""
    window.run("document.addEventListener('live', ({ detail: { name } }) => (window.isOpen ||= name === 'open'))")
    window.run("dispatchEvent(new Event('scroll'))")
    window.wait("window.isOpen")
