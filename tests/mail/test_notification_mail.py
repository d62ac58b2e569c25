"""What members are told comes by mail a few minutes later, unless they have seen it; and each mail is well formed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import event, select

from forum.infra import clock
from forum.infra.database.db import db, session, start_writing
from forum.infra.text.messages import say
from forum.jobs import mail
from forum.mail import tokens
from forum.members import account_mail
from forum.models import Channel, Mail, Notification, Post, ToldOf, WatchLevel
from forum.moderation import tools
from forum.notifications import marks
from forum.notifications.actions import tell as tell_member
from forum.notifications.choices import choose
from forum.site.actions import set_value
from forum.threads import actions
from forum.watching.actions import choose_for_board, choose_for_thread
from tests.factories import a_ban, a_board, a_group, a_list, a_post, a_thread, an_entry, ignored
from tests.mail.sink import HOME, Sink, a_reader, a_writer, html_of, send, text_of
from tests.watching.told import tell

pytestmark = pytest.mark.usefixtures("app_in_context")
MAIL, SITE, OFF, MUTED = WatchLevel.MAIL, WatchLevel.SITE, WatchLevel.OFF, WatchLevel.MUTED


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements made in the block."""
    found: list[str] = []

    def note(*args: object) -> None:
        found.append(str(args[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.engine, "before_cursor_execute", note)


def one(sink: Sink) -> EmailMessage:
    """The only message since the last one."""
    ((_, message),) = sink.taken()
    return message


def mailed(sink: Sink) -> list[str]:
    """To whom messages went since the last call."""
    return sorted(to for to, _ in sink.taken())


def test_a_reply_in_a_watched_thread_is_mailed_in_both_parts_with_the_headers_of_a_list(sink: Sink) -> None:
    ben, thread = a_reader("ben"), a_thread(title="The tide", by=a_writer())
    choose_for_thread(ben, thread, MAIL)
    post = a_post(body="Low water at **noon**.", thread=thread, by=a_writer("anna"))
    assert send() == 1
    ((to, message),) = sink.taken()
    assert (to, message["To"]) == (ben.email, ben.email)
    assert message["Subject"] == "Re: [The Test Forum] The tide"
    assert message["In-Reply-To"] == message["References"] == f"<thread-{thread.id}@forum.example>"
    assert message["Message-ID"] == f"<post-{post.id}-{ben.id}@forum.example>"
    assert message["List-Id"] == f"<board-{thread.board_id}.forum.example>"
    assert (message["Precedence"], message["Auto-Submitted"]) == ("bulk", "auto-generated")
    assert message["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(rf"<{HOME}/unsubscribe/[a-z0-9._-]+>", message["List-Unsubscribe"])
    assert message["Reply-To"] is None, "no mailbox is read"
    assert message.get_content_type() == "multipart/alternative"
    for part in (text_of(message), BeautifulSoup(html_of(message), "html.parser").get_text(" ")):
        words = " ".join(part.split())
        assert "anna replied in" in words
        assert "The tide" in words
        assert "Low water at noon" in words
    assert "> Low water at noon." in text_of(message)
    assert f"{HOME}/posts/{post.id}" in text_of(message)
    assert session.scalars(select(Mail)).all() == []
    assert session.scalars(select(Notification.mailed_at).where(Notification.member_id == ben.id)).one() is not None


def test_mails_wait_some_minutes_and_what_was_seen_or_read_meanwhile_is_not_mailed(sink: Sink) -> None:
    reader, seer, absent = a_reader(), a_reader(), a_reader()
    thread = a_thread(by=a_writer())
    for who in (reader, seer, absent):
        choose_for_thread(who, thread, MAIL)
    a_post(thread=thread)
    tell()
    session.commit()
    assert mail.send_mail() == 0, "it is too early"
    start_writing()
    marks.mark_read(reader, thread, 1, 2)
    marks.mark_all_seen(seer)
    assert send() == 1
    assert mailed(sink) == [absent.email]
    assert session.scalars(select(Mail)).all() == []


def test_of_a_thread_one_mail_comes_until_the_next_visit_and_it_says_how_many_replies_there_are(sink: Sink) -> None:
    starter, watcher = a_reader(), a_reader()
    thread = a_thread(by=starter)
    choose_for_thread(watcher, thread, MAIL)
    for _ in range(3):
        a_post(thread=thread)
    assert send() == 2
    assert all("There are 2 further replies." in text_of(message) for _, message in sink.taken())
    a_post(thread=thread)
    assert send() == 0
    for who in (starter, watcher):
        marks.mark_read(who, thread, 1, 5)
    a_post(thread=thread)
    assert send() == 2


def test_watching_with_mail_is_of_the_thread_or_its_board_and_only_by_that_level(sink: Sink) -> None:
    board = a_board()
    of_threads, of_posts, by_site, less = (a_reader() for _ in range(4))
    choose_for_board(of_threads, board, MAIL)
    choose_for_board(of_posts, board, MAIL, told_of=ToldOf.POSTS)
    choose_for_board(by_site, board, SITE, told_of=ToldOf.POSTS)
    thread = a_thread(by=a_writer(), board=board)
    assert send() == 2
    ((first, message), (second, other)) = sink.taken()
    assert {first, second} == {of_threads.email, of_posts.email}
    assert message["Subject"] == f"[The Test Forum] {thread.title}"
    ids = {message["Message-ID"], other["Message-ID"]}
    assert len(ids) == 2
    assert message["References"] == other["References"] == f"<thread-{thread.id}@forum.example>"
    assert message["References"] not in ids
    marks.mark_read(of_posts, thread, 1, 1)
    choose_for_thread(less, thread, MAIL)
    a_post(thread=thread)
    tell()
    assert {each.member_id for each in session.scalars(select(Mail))} == {of_posts.id, less.id}
    choose_for_thread(less, thread, SITE)
    assert send() == 1
    assert mailed(sink) == [of_posts.email]


def test_mentions_quotes_and_decisions_are_mailed_by_default_and_reactions_by_choice(sink: Sink) -> None:
    ben, anna = a_reader("ben"), a_writer("anna")
    thread = a_thread(by=anna)
    a_post(body="Hello @ben", thread=thread, by=anna)
    assert send() == 1
    assert "anna mentioned you in" in text_of(one(sink))
    tell_member(ben.id, "decision", subject="decision:7", details={"title": "The tide", "reason": "Twice the same"})
    assert send() == 1
    message = one(sink)
    assert message["Subject"] == "[The Test Forum] A moderator decided something about you in The tide"
    assert "Reason: Twice the same" in text_of(message)
    assert f"{HOME}/account/decisions/7" in text_of(message)
    assert message["List-Id"] is None
    choose(ben, {"mention": {Channel.MAIL: False}, "decision": {Channel.MAIL: False, Channel.SITE: False}})
    a_post(body="Again, @ben", thread=thread, by=anna)
    tell_member(ben.id, "decision", subject="decision:8")
    assert send() == 0
    kinds = select(Notification.kind).where(Notification.member_id == ben.id)
    assert sorted(session.scalars(kinds)) == ["decision", "decision", "mention", "mention"], "the site tells decisions"


def test_the_operator_chooses_the_kinds_that_are_mailed(sink: Sink) -> None:
    set_value("notifications_mailed", "mention")
    starter, named = a_reader(), a_reader("ben")
    a_post(body="Hello @ben", thread=a_thread(by=starter))
    assert send() == 1
    assert mailed(sink) == [named.email]


UNREACHABLE: dict[str, dict[str, object]] = {
    "unconfirmed": {"email_verified_at": None},
    "without address": {"email": None, "email_key": None},
    "without password": {"password_hash": None},
    "closed": {"closed_at": clock.now()},
}


@pytest.mark.parametrize("why", UNREACHABLE)
def test_members_who_cannot_be_mailed_get_nothing_queued(why: str) -> None:
    thread = a_thread(by=a_reader(**UNREACHABLE[why]))  # type: ignore[arg-type]
    a_post(thread=thread)
    session.commit()
    assert session.scalars(select(Mail)).all() == []


def test_what_happens_before_a_mail_is_sent_counts(sink: Sink) -> None:
    """Of seven members who would be mailed, each does or suffers something else in the five minutes."""
    board, anna = a_board(), a_writer("anna")
    names = ("banned", "ignores", "mutes", "stops", "chooses", "loses", "gone")
    people = {name: a_reader(name) for name in names}
    thread = a_thread(by=a_writer(), board=board)
    for who in people.values():
        choose_for_thread(who, thread, MAIL)
    a_post(thread=thread, by=anna)
    tell()
    assert len(session.scalars(select(Mail)).all()) == len(people)
    a_ban(people["banned"])
    ignored(people["ignores"], anna)
    choose_for_thread(people["mutes"], thread, MUTED)
    choose_for_thread(people["stops"], thread, OFF)
    choose(people["chooses"], {"watched_thread": {Channel.MAIL: False}})
    people["gone"].email_verified_at = None
    a_list(board, an_entry(a_group(None, *(people[name] for name in names if name != "loses"))))
    assert send() == 0
    assert sink.taken() == []
    assert session.scalars(select(Mail)).all() == []


def test_a_post_that_is_deleted_meanwhile_is_not_mailed() -> None:
    ben, admin = a_reader(), a_writer(role="admin")
    thread = a_thread(by=a_writer())
    choose_for_thread(ben, thread, MAIL)
    post = a_post(thread=thread, by=a_writer())
    tell()
    actions.delete_post(admin, session.get_one(Post, post.id))
    assert send() == 0
    assert session.scalars(select(Mail)).all() == []


def test_mails_about_accounts_go_first(sink: Sink) -> None:
    ben, thread = a_reader(), a_thread(by=a_writer())
    choose_for_thread(ben, thread, MAIL)
    a_post(thread=thread)
    session.commit()
    later = clock.now() + timedelta(minutes=6)
    with clock.frozen_at(later):
        account_mail.queue_mail("anna@example.org", say("Hello"), say("Hello."))
        session.commit()
        assert send() == 2
    assert [to for to, _ in sink.taken()] == ["anna@example.org", ben.email]


HOSTILE = (
    "Hello\r\nBcc: all@example.org",
    "\u202egnp.exe \u2066x",
    "שלום עולם",
    "🦀" * 60,
    "W" * 150,
    "=?utf-8?q?Hidden?= <b>&amp;",
    '", <evil@example.org>',
)


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_or_name_changes_the_headers_or_the_parts(title: str, sink: Sink) -> None:
    ben = a_reader()
    anna = a_writer()
    thread = a_thread(by=a_writer())
    thread.title, thread.board.title, anna.username = title, title[:60], title[:60]
    set_value("name", title[:60])
    choose_for_thread(ben, thread, MAIL)
    a_post(thread=thread, by=anna, body="Words.")
    assert send() == 1
    ((to, content),) = sink.raw
    message = one(sink)
    assert to == ben.email
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["From"].addresses] == ["forum@forum.example"]
    assert [address.addr_spec for address in message["To"].addresses] == [ben.email]
    assert "\u202e" not in str(message) + message["Subject"] + text_of(message) + html_of(message)
    page = BeautifulSoup(html_of(message), "html.parser")
    assert {tag.name for tag in page.select("body *")} <= {"div", "p", "bdi", "h1", "a"}
    assert max(map(len, content.splitlines())) <= 998
    assert len(content) < 20_000
    assert b"<%s/unsubscribe/" % HOME.encode() in content.replace(b"\r\n ", b""), "an address is not encoded"


LONG = (
    "Tide & current, " * 600,
    "潮汐。" * 2500,
    "> > > > quoted\n\n" * 300,
    "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 400,
)


def test_a_long_post_is_cut_with_a_link_to_the_rest(sink: Sink) -> None:
    ben, thread = a_reader(), a_thread(by=a_writer())
    choose_for_thread(ben, thread, MAIL)
    for body in LONG:
        post = a_post(thread=thread, body=body)
        assert send() == 1
        assert len(sink.raw[0][1]) < 20_000
        message = one(sink)
        assert "Read on:" in text_of(message)
        assert "…" in html_of(message)
        marks.mark_read(ben, thread, 1, post.position)


def test_nobody_is_mailed_where_no_mail_server_is_set_up(app_in_context: Flask) -> None:
    known = app_in_context.extensions["forum.settings"]
    app_in_context.extensions["forum.settings"] = replace(known, mail_url="")
    a_post(thread=a_thread(by=a_reader()))
    assert session.scalars(select(Mail)).all() == []
    assert len(session.scalars(select(Notification)).all()) == 1


def test_telling_costs_one_statement_more_for_all_who_are_mailed() -> None:
    thread = a_thread(by=a_writer())
    people = [a_reader() for _ in range(5)]
    a_post(thread=thread)  # reads what is cached from now on
    for who in people:
        choose_for_thread(who, thread, MAIL)
    with statements() as found:
        a_post(thread=thread)
        tell()
    assert len(session.scalars(select(Mail)).all()) == len(people)
    queueing = [statement for statement in found if statement.startswith("INSERT INTO mail")]
    assert len(queueing) == 2, "one for the starter, who is told at once and has no address, and one by the job"


def test_answers_and_stopping_by_mail_go_to_the_mailbox_that_is_read_where_the_member_may_reply(
    app_in_context: Flask, sink: Sink
) -> None:
    known = app_in_context.extensions["forum.settings"]
    inbox = {"inbox_url": "imaps://forum:x@mail.example.org/INBOX", "inbox_address": "in@example.org"}
    app_in_context.extensions["forum.settings"] = replace(known, **inbox)
    ben, admin, thread = a_reader(), a_writer(role="admin"), a_thread(by=a_writer())
    choose_for_thread(ben, thread, MAIL)
    post = a_post(thread=thread)
    assert send() == 1
    message = one(sink)
    (address,) = message["Reply-To"].addresses
    word = address.username.removeprefix("in+")
    assert tokens.read_token(word, tokens.REPLY) == (ben.id, tokens.reply_scope(ben, thread.id))
    stop = re.search(r"<mailto:in\+([^@]+)@example.org\?subject=unsubscribe>", message["List-Unsubscribe"])
    assert stop
    assert tokens.read_token(stop[1], tokens.UNSUBSCRIBE) == (ben.id, f"watched_thread.{thread.id}")
    marks.mark_read(ben, thread, 1, post.position)
    tools.lock(admin, thread)
    a_post(thread=thread, by=admin)
    assert send() == 1
    assert one(sink)["Reply-To"] is None, "the thread is locked"
