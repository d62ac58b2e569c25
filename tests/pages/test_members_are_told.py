"""Three members and a mail client: who is told what at once, by the bell and by mail, and how that is stopped."""

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.cli.commands import forum
from tests.factories import PASSWORD
from tests.pages.conftest import enter, send
from tests.running import create_member, served_at
from tests.servers import ImapServer, Mailbox, free_port, imap_server, smtp_server

pytestmark = pytest.mark.browser
BOARD = "/boards/6-general-discussion"
AT_ONCE = 2_000  # milliseconds: within a second, and what the browsers take
PATIENCE = 20  # seconds


class Place(NamedTuple):
    """A forum that sends and reads mail."""

    url: str
    data: Path
    sent: Mailbox
    inbox: ImapServer

    def send_mail_now(self) -> None:
        """Let mails be sent that wait for their members to come to the site first."""
        done = forum(self.data, "mail", "retry", "--all", FORUM_SECRET_KEY=None, FORUM_SEED=None)
        assert done.returncode == 0, done


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with forum_with_mail(tmp_path) as made:
        yield made


@contextmanager
def forum_with_mail(folder: Path) -> Iterator[Place]:
    """A served forum of three members and an admin, with a mail server and a mailbox."""
    port, data = free_port(), folder / "data"
    with smtp_server() as sent, imap_server() as inbox:
        settings = {
            "FORUM_BASE_URL": f"http://127.0.0.1:{port}",
            "FORUM_MAIL_URL": sent.url,
            "FORUM_MAIL_FROM": "forum@example.org",
            "FORUM_INBOX_URL": inbox.url,
            "FORUM_SEED": "defaults",
        }
        with served_at(port, data, "--workers", "2", **settings) as url:
            for name in ("anna", "ben", "cleo"):  # nobody is mailed who does not confirm their address
                create_member(data, name, "--unconfirmed")
            create_member(data, "olga", "--admin", "--unconfirmed")
            yield Place(url, data, sent, inbox)


@pytest.fixture
def browse(chromium: Browser, place: Place) -> Iterator[Callable[[str], BrowserContext]]:
    contexts = []

    def opened(name: str) -> BrowserContext:
        context = chromium.new_context(base_url=place.url)
        contexts.append(context)
        enter(context, name)
        return context

    yield opened
    for context in contexts:
        context.close()


def test_a_member_is_told_at_once_and_by_mail_and_can_stop_and_answer_it(
    place: Place, browse: Callable[[str], BrowserContext]
) -> None:
    anna, ben, cleo, olga = (browse(name) for name in ("anna", "ben", "cleo", "olga"))
    confirm_address(anna, place.sent)
    thread = send(ben, f"{BOARD}/post-thread", title="The towpath is flooded", body="Is there a dry way?")
    act(anna, f"{thread}/watch", level="mail")
    elsewhere, reading = anna.new_page(), ben.new_page()
    elsewhere.goto("/members")
    reading.goto(thread)
    for page in (elsewhere, reading):
        page.mouse.move(2, 2)
    reading.wait_for_timeout(2500)  # until the streams are open
    place.sent.letters.clear()

    act(cleo, f"{thread}/reply", body="Over the *dam*, to the left.")
    expect(reading.locator("#post-2")).to_contain_text("Over the dam", timeout=AT_ONCE)
    expect(elsewhere.locator(".bell .badge")).to_have_text("1", timeout=3 * AT_ONCE)  # a job tells those who watch
    place.send_mail_now()
    mail = only_mail(place.sent)
    assert "The towpath is flooded" in str(mail["Subject"])
    assert "Over the dam, to the left." in text_of(mail)

    answer(place, mail, "Thank you, that is dry.")
    act(olga, "/admin/jobs/read-mailbox/run", at="/admin/jobs")
    expect(reading.locator("#post-3")).to_contain_text("Thank you, that is dry.", timeout=PATIENCE * 1000)
    assert "anna" in reading.locator("#post-3").inner_text()

    unsubscribe_by_mail_client(mail)
    elsewhere.goto(thread)  # of a thread one is told once until one has visited it
    elsewhere.goto("/members")
    elsewhere.mouse.move(3, 3)
    expect(elsewhere.locator(".bell .badge")).to_have_count(0)
    elsewhere.wait_for_timeout(2500)
    act(cleo, f"{thread}/reply", body="You are welcome.")
    expect(elsewhere.locator(".bell .badge")).to_have_text("1", timeout=PATIENCE * 1000)
    see_typing(cleo.new_page(), reading, thread)

    profile = f"/members/{cleo_of(ben, thread)}"
    talk = send(cleo, "/conversations/new", to="anna", title="A walk", body="Shall we go together?")
    expect(elsewhere.locator(".bell .badge")).to_have_text("2", timeout=PATIENCE * 1000)
    elsewhere.goto(talk)
    expect(elsewhere.locator("main")).to_contain_text("Shall we go together?")
    elsewhere.goto("/members")
    expect(elsewhere.locator(".bell .badge")).to_have_text("1")
    assert len(place.sent.letters) == 1, "the thread is no longer mailed, and the message was read before"
    act(anna, f"{profile}/ignore")
    act(cleo, f"{talk}/reply", body="On Sunday, @anna?")
    act(cleo, f"{thread}/reply", body="Or not, @anna?")
    expect(reading.locator("#post-5")).to_contain_text("Or not", timeout=PATIENCE * 1000)
    place.send_mail_now()
    elsewhere.wait_for_timeout(6000)  # in which the job that sends mail runs
    expect(elsewhere.locator(".bell .badge")).to_have_text("1")
    assert len(place.sent.letters) == 1


def act(member: BrowserContext, path: str, *, at: str = "/", answer: int = 303, **fields: str) -> None:
    """Send a form as a member, with the token of a page."""
    token = BeautifulSoup(member.request.get(at).text(), "html.parser").select_one(
        "[name=csrf_token], [name=csrf-token]"
    )
    assert token
    form: dict[str, str | float | bool] = {"csrf_token": str(token.get("value") or token.get("content")), **fields}
    answered = member.request.post(path, form=form, max_redirects=0)
    assert answered.status == answer, answered.text()


def confirm_address(member: BrowserContext, sent: Mailbox) -> None:
    """Confirm the address of a member whom the operator made."""
    send(member, "/account/email", email="anna@example.org", password=PASSWORD)
    link = next(word for word in text_of(first_with(sent, "Confirm")).split() if "/verify/" in word)
    send(member, link)


def first_with(sent: Mailbox, subject: str) -> EmailMessage:
    end = monotonic() + PATIENCE
    while monotonic() < end:
        if found := [letter for letter in sent.letters if subject in str(letter["Subject"])]:
            return found[0]
    raise AssertionError(f"no mail with {subject}")


def only_mail(sent: Mailbox) -> EmailMessage:
    first_with(sent, "")
    assert len(sent.letters) == 1
    return sent.letters[0]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def answer(place: Place, mail: EmailMessage, words: str) -> None:
    """Answer as a mail client does, above what is answered."""
    reply = EmailMessage()
    reply["From"], reply["To"] = "Anna <anna@example.org>", parseaddr(str(mail["Reply-To"]))[1]
    reply["Subject"], reply["Message-ID"] = f"Re: {mail['Subject']}", "<answer-1@client.example>"
    reply["In-Reply-To"] = mail["Message-ID"]
    quoted = "\n".join(f"> {line}" for line in text_of(mail).splitlines())
    reply.set_content(f"{words}\n\nOn Mon, 30 Nov 2026 at 10:12, forum <forum@example.org> wrote:\n\n{quoted}\n")
    place.inbox.deliver(reply.as_bytes(), "1800000001.answer.mail")


def unsubscribe_by_mail_client(mail: EmailMessage) -> None:
    """One click: a POST without cookies to the address in the header (RFC 8058)."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(mail["List-Unsubscribe"]).partition(">")[0].lstrip("<")
    assert address.startswith("http://127.0.0.1:")
    request = urllib.request.Request(address, b"List-Unsubscribe=One-Click")  # noqa: S310 - our own loopback address
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310
        assert response.status == 200


def see_typing(writing: Page, reading: Page, thread: str) -> None:
    writing.goto(thread)
    writing.locator("#reply textarea, textarea[name=body]").first.press_sequentially("Also by boat", delay=40)
    expect(reading.locator("#typing")).to_contain_text("cleo is replying", timeout=3 * AT_ONCE)
    writing.close()


def cleo_of(member: BrowserContext, thread: str) -> str:
    page = BeautifulSoup(member.request.get(thread).text(), "html.parser")
    link = page.select_one("#post-2 .card h2 a")
    assert link
    return str(link["href"]).rpartition("/")[2]
