"""Every mail that the forum can send has two parts that say the same, loads nothing, and has the headers it needs."""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

import forum
from forum.inbox import refusals
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.text.messages import say
from forum.mail.messages import compose_test
from forum.mail.notification_mail import QUOTING
from forum.members import account_mail
from forum.members.account_mail import queue_mail
from forum.models import Channel, Member, ReviewKind, WatchLevel
from forum.moderation import reviews
from forum.moderation.illegal_content import notices
from forum.moderation.reminders import remind
from forum.moderation.reports import cases, decisions, making
from forum.notifications.actions import tell
from forum.notifications.choices import choose
from forum.notifications.kinds import KINDS
from forum.site.actions import set_value
from forum.watching.actions import choose_for_board, choose_for_thread
from tests.digests import told
from tests.factories import a_board, a_conversation, a_member, a_post, a_thread
from tests.mail.sink import HOME, Sink, a_reader, html_of, send, text_of

pytestmark = pytest.mark.usefixtures("app_in_context")
LINK, TO = f"{HOME}/verify/abc-def_1", "anna@example.org"
SITE_NAME = "The Test Forum"
NAMED = {"username": "anna", "link": LINK}


def an_answer(text: str = "") -> refusals.Answer:
    return refusals.Answer(a_reader("anna", email=TO), "/threads/7-tide", text)


def a_notice() -> int:
    """A notice of illegal content; returns the number of its case."""
    words = {"words": "It copies my book.", "name": "Nora", "email": TO, "in_good_faith": True, "answer": ""}
    path = a_post(thread=a_thread()).path
    found = notices.find(notices.send(a_member(), notices.Entry(path, **words), home=HOME, mail_home=HOME))  # type: ignore[arg-type]
    return found.contents[0].item_id or 0


def a_decided_notice() -> None:
    mona = a_member(role="moderator", email_verified_at=None)
    decisions.decide_reports(mona, cases.find_report_case(mona, a_notice()), "upheld", answer="It is yours.")


def a_reminder() -> None:
    set_value("remind_hours", 24)
    a_member("mona", role="moderator", email_verified_at=clock.now())
    item = making.report_post(a_member(), a_post(thread=a_thread()), kind="spam").item
    item.opened_at = clock.now() - timedelta(hours=25)
    session.commit()
    assert remind() == 1


def a_deadline() -> None:
    a_member("mona", role="moderator", email_verified_at=clock.now())
    set_value("notice_hours", 12)
    a_notice()
    session.commit()
    assert remind() == 1


# by the function that queues it
OF_ACCOUNTS: dict[str, Callable[[], object]] = {
    "ask_to_confirm": lambda: account_mail.ask_to_confirm(TO, **NAMED),
    "tell_of_registration": lambda: account_mail.tell_of_registration(TO, link=LINK),
    "tell_of_approval": lambda: account_mail.tell_of_approval(TO, **NAMED),
    "tell_of_rejection": lambda: account_mail.tell_of_rejection(TO, reason="Spam <b>", **NAMED),
    "ask_applicant": lambda: account_mail.ask_applicant(TO, question="Why?\nAnd how?\n\nhttp://evil.example", **NAMED),
    "send_invitation": lambda: account_mail.send_invitation(TO, inviter="ben", link=LINK),
    "send_reset": lambda: account_mail.send_reset(TO, **NAMED),
    "tell_of_new_password": lambda: account_mail.tell_of_new_password(TO, **NAMED),
    "tell_of_new_device": lambda: account_mail.tell_of_new_device(
        a_reader("anna", email=TO), device="Firefox", link=LINK
    ),
    "tell_that_two_factor_is_on": lambda: account_mail.tell_that_two_factor_is_on(TO, **NAMED),
    "tell_that_two_factor_is_off": lambda: account_mail.tell_that_two_factor_is_off(TO, **NAMED),
    "tell_of_new_name": lambda: account_mail.tell_of_new_name(TO, was="anna", now="שלום"),
    "tell_of_closing": lambda: account_mail.tell_of_closing(TO, day=date(2026, 12, 1), **NAMED),
    "mail_confirm_new_address": lambda: account_mail.mail_confirm_new_address(TO, **NAMED),
    "mail_notify_old_address": lambda: account_mail.mail_notify_old_address(TO, **NAMED),
    "_confirm": a_notice,
    "_mail (answers)": a_decided_notice,
    "_mail": a_reminder,
    "_mail_of_deadlines": a_deadline,
    "_tell": lambda: refusals.refuse(an_answer("I wrote\n\nthis."), refusals.EMPTY),
}


def calls(name: str) -> Iterator[tuple[str, str]]:
    """The files of the forum that call a function, and in which of theirs."""
    for path in Path(forum.__file__).parent.rglob("*.py"):
        if f"{name}(" in (source := path.read_text()):
            for function in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)):
                called = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
                if any(name == getattr(each, "id", getattr(each, "attr", "")) for each in called):
                    yield path.stem, function.name


def test_all_mails_are_made_where_they_get_both_parts_and_each_is_tried_here() -> None:
    assert {function for _, function in calls("queue_mail")} == {name.split()[0] for name in OF_ACCOUNTS}
    assert len(list(calls("queue_mail"))) == len(OF_ACCOUNTS)
    assert set(calls("EmailMessage")) == {("messages", "headed")}
    assert {place for place, _ in calls("set_content")} | {place for place, _ in calls("add_alternative")} == {"layout"}


def hrefs(page: Tag) -> set[str]:
    return {str(link["href"]) for link in page.find_all("a")}


def addresses(text: str) -> set[str]:
    return {each.rstrip(":.,") for each in re.findall(r"https?://\S+", text)}


def checked(message: EmailMessage) -> tuple[str, str]:
    """Check what holds for every mail; returns what its parts say, in lines of words."""
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert (message["Auto-Submitted"], message["Return-Path"]) == ("auto-generated", None)
    assert "NDR" not in message["X-Auto-Response-Suppress"].split(", "), "failure notices are wanted"
    assert re.fullmatch(r"<[a-z0-9-]+@forum\.example>", message["Message-ID"])
    source, text = html_of(message), text_of(message)
    assert not re.search(r"src=|<img|<link|url\(|@import|<script|<form|#000|black", source)
    assert '<meta name="color-scheme" content="light dark">' in source
    page = BeautifulSoup(source, "html.parser")
    body = page.body
    assert body is not None
    assert page.html is not None
    assert page.html["lang"] == "en"
    assert all(str(each.get("href", HOME)).startswith(f"{HOME}/") for each in page.find_all("a"))
    assert hrefs(body) == {each for each in addresses(text) if each.startswith(HOME)}
    return text, body.get_text(" ")


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", re.sub(r"https?://\S+", " ", text)))


@pytest.mark.parametrize("name", OF_ACCOUNTS)
def test_mail_about_accounts_is_the_same_in_both_parts_and_no_list(name: str, sink: Sink) -> None:
    OF_ACCOUNTS[name]()
    assert send() >= 1
    about_account = [message for _, message in sink.taken() if message["List-Unsubscribe"] is None]
    assert about_account
    for message in about_account:
        text, shown = checked(message)
        said = " ".join(shown.split()).replace("Open this page ", "")
        assert said.replace(" :", ":") == f"{SITE_NAME} {' '.join(text.split())}"
        assert [key for key in message if key.startswith(("List-", "Precedence", "References"))] == []


def test_a_test_mail_has_both_parts() -> None:
    text, shown = checked(compose_test(TO))
    assert "".join(text.split()) in "".join(shown.split())


def test_words_of_others_are_text_and_only_addresses_of_the_forum_are_links(sink: Sink) -> None:
    hostile = f'<img src=x> {HOME}.evil.example/x http://evil.example {HOME}/ok", “{HOME}/b”. javascript:alert(1)'
    queue_mail(TO, say("Hello <b>"), say("%(words)s", words=hostile), say("%(link)s", link="http://evil.example/"))
    send()
    ((_, message),) = sink.taken()
    page = BeautifulSoup(html_of(message), "html.parser")
    assert page.find("img") is None
    assert hrefs(page) == {f'{HOME}/ok"', f"{HOME}/b"}
    assert str(page.title and page.title.string) == "Hello <b>"


def mailed_only(of: str) -> Member:
    """Somebody who may be told of everything, and is mailed of a single kind."""
    ben = a_reader("ben", role="admin")
    choose(ben, {kind: {Channel.MAIL: kind == of} for kind in KINDS})
    return ben


@pytest.mark.parametrize("kind", KINDS)
def test_mail_about_notifications_says_the_same_in_both_parts_and_can_be_stopped(kind: str, sink: Sink) -> None:
    ben, anna, board = mailed_only(kind), a_member("anna", email_verified_at=None), a_board()
    post = a_post(thread=a_thread(title="The tide", board=board, by=a_member()), by=anna, body="Low *water*.")
    choose_for_board(ben, board, WatchLevel.MAIL)
    choose_for_thread(ben, post.thread, WatchLevel.MAIL)
    if kind == "message":
        a_conversation(anna, ben)
    elif kind == "reports":
        making.report_post(anna, a_post(), kind="spam")
    elif kind == "queue":
        reviews.open_case(ReviewKind.HELD_POST, post=a_post())
    else:
        tell(ben.id, kind, subject=f"post:{post.id}", actor_id=anna.id, post=None if kind == "title" else post)
    assert send() >= 1
    (message,) = [each for to, each in sink.taken() if to == ben.email]
    text, shown = checked(message)
    assert words(text) == words(shown) - (words(SITE_NAME) - words(text))
    assert message["Precedence"] == "bulk"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<{HOME}/unsubscribe/" in message["List-Unsubscribe"]
    assert message["List-Id"] == (f"<board-{board.id}.forum.example>" if kind in QUOTING else None)


def test_a_digest_says_the_same_in_both_parts_and_is_a_list_of_its_own(sink: Sink) -> None:
    ben = told.a_reader("ben")
    for title in ("The tide", "The moon", "The <wind>"):
        told.a_popular_thread(a_thread(title=title, by=a_member()))
    assert told.run(ben) == 1
    assert send() >= 1
    (message,) = [each for to, each in sink.taken() if to == ben.email]
    text, shown = checked(message)
    assert words(text) == words(shown) - (words(SITE_NAME) - words(text))
    assert (message["List-Id"], message["Precedence"]) == ("<digest.forum.example>", "bulk")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
