"""Answers by mail become posts like those of the web, once; what cannot be posted is refused with one clear mail."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.inbox import entries
from forum.inbox.delivery import deliver
from forum.inbox.rules import MAX_WAITS
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.password import hash_password
from forum.infra.settings import Settings
from forum.mail.messages import compose
from forum.mail.tokens import UNSUBSCRIBE, token_for
from forum.members.rules import email_key
from forum.models import BoardApproval, InboundMail, Mail, Member, NotificationChoice, Post, Thread, Visibility
from forum.moderation.regrouping.merging import merge_threads
from forum.threads import drafts
from tests.conftest import settings_on
from tests.factories import a_ban, a_board, a_member, a_thread, hide
from tests.inbox.forms import INBOX, a_confirmed_member, address_for, an_answer

pytestmark = pytest.mark.usefixtures("app_in_context")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_on(tmp_path / "data", **INBOX)


@pytest.fixture
def bo() -> Member:
    with transaction():
        return a_confirmed_member("Bo")


@pytest.fixture
def lamps() -> Thread:
    with transaction():
        return a_thread(title="Lamps in the hall")


def delivered(message: EmailMessage) -> str:
    return deliver(message.as_bytes())


def posts_in(thread: Thread) -> list[Post]:
    session.rollback()
    return list(session.scalars(select(Post).where(Post.thread_id == thread.id, Post.position != 1).order_by(Post.id)))


def mails_to(member: Member) -> list[Mail]:
    session.rollback()
    return list(session.scalars(select(Mail).where(Mail.recipient == member.email).order_by(Mail.id)))


def test_an_answer_becomes_a_post_of_the_member(bo: Member, lamps: Thread) -> None:
    quoted = "Yes, *it* works.\n\nOn 30/11/2026 18:47, Talk wrote:\n> Does it?\n"
    assert delivered(an_answer(address_for(bo, lamps), str(bo.email), quoted)) == "posted"
    [post] = posts_in(lamps)
    assert (post.source, post.author_id, post.position) == ("Yes, *it* works.", bo.id, 2)
    session.refresh(lamps)
    assert lamps.reply_count == 1
    assert not mails_to(bo)


def test_a_message_that_is_read_twice_is_posted_once(bo: Member, lamps: Thread) -> None:
    message = an_answer(address_for(bo, lamps), str(bo.email))
    assert [delivered(message), delivered(message)] == ["posted", "known"]
    assert len(posts_in(lamps)) == 1


def test_an_address_is_found_in_every_header_that_servers_write(bo: Member, lamps: Thread) -> None:
    for number, name in enumerate(("Delivered-To", "X-Original-To", "Envelope-To", "Cc", "Resent-To")):
        to = f"Talk <{address_for(bo, lamps).upper()}>"
        message = an_answer("somebody@else.example", str(bo.email), f"Answer {number}.", **{name: to})
        assert delivered(message) == "posted", name
    assert len(posts_in(lamps)) == 5


def test_mail_for_nobody_writes_nothing(bo: Member, lamps: Thread) -> None:
    word = address_for(bo, lamps)
    wrong = [
        "forum@talk.example",
        word[:-20] + "x@talk.example",
        "forum+@talk.example",
    ]
    assert {delivered(an_answer(to, str(bo.email))) for to in wrong} == {"nobody"}
    assert not session.scalar(select(func.count(InboundMail.id)))
    assert not posts_in(lamps)


def test_somebody_else_with_the_address_cannot_answer_and_only_the_member_is_told(bo: Member, lamps: Thread) -> None:
    assert delivered(an_answer(address_for(bo, lamps), "mallory@evil.example")) == "sender"
    assert not posts_in(lamps)
    [mail] = mails_to(bo)
    assert "not sent from the e-mail address of your account" in mail.body
    assert session.scalar(select(func.count(Mail.id))) == 1
    two = an_answer(address_for(bo, lamps), f"{bo.email}, mallory@evil.example")
    del two["From"]
    two["From"] = f"mallory@evil.example, {bo.email}"
    assert delivered(two) == "sender"
    for several in (f"{bo.email}, mallory@evil.example", f"Bo: {bo.email}, mallory@evil.example;", "(" * 900):
        raw = an_answer(address_for(bo, lamps), "x@y.example").as_bytes().replace(b"x@y.example", several.encode())
        assert deliver(raw) == "sender", "which of them sent it is not known"
    assert len(mails_to(bo)) == 1, "one mail a day for a reason"


@pytest.mark.parametrize("change", ["email", "password"])
def test_mails_from_before_a_new_address_or_password_are_no_longer_answered(
    bo: Member, lamps: Thread, change: str
) -> None:
    address = address_for(bo, lamps)
    with transaction():
        member = session.get_one(Member, bo.id)
        if change == "email":
            member.email, member.email_key = "new@home.example", email_key("new@home.example")
        else:
            member.password_hash = hash_password("another that nobody knows")
    assert delivered(an_answer(address, str(member.email), "Not by bo.")) == "outdated"
    assert not posts_in(lamps)
    [mail] = mails_to(member)
    assert "from before your e-mail address or password was changed" in mail.body
    assert "Not by bo." not in mail.body
    assert delivered(an_answer(address_for(member, lamps), str(member.email))) == "posted"


def test_the_sender_is_the_member_whatever_the_case_and_the_name(bo: Member, lamps: Thread) -> None:
    sender = f'"=?utf-8?q?B=C3=B6?= <x@y.example>" <{str(bo.email).upper()}>'
    assert delivered(an_answer(address_for(bo, lamps), sender)) == "posted"


@pytest.mark.parametrize(
    "header",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"Return-Path": "<>"},
        {"List-Id": "<x.example>"},
        {"X-Autoreply": "yes"},
        {"X-Loop": "forum@talk.example"},
        {"Message-ID": "<letter-3-17@talk.example>"},
    ],
)
def test_what_programs_send_is_neither_posted_nor_answered(bo: Member, lamps: Thread, header: dict[str, str]) -> None:
    assert delivered(an_answer(address_for(bo, lamps), str(bo.email), **header)) == "automatic"
    assert not posts_in(lamps)
    assert not mails_to(bo)


def test_headers_that_providers_put_on_mail_of_people_do_not_make_it_automatic(bo: Member, lamps: Thread) -> None:
    headers = {"X-Auto-Response-Suppress": "All", "Auto-Submitted": "no", "Return-Path": f"<{bo.email}>"}
    headers |= {"Feedback-ID": "i1a2b:Fastmail"}  # on all mail of that provider's users
    assert delivered(an_answer(address_for(bo, lamps), str(bo.email), **headers)) == "posted"


def test_the_forums_own_mail_is_not_answered(bo: Member, lamps: Thread) -> None:
    message = an_answer(address_for(bo, lamps), "forum@talk.example")
    assert delivered(message) == "automatic"
    ours = compose(Mail(id=1, recipient=address_for(bo, lamps), subject="Hello", body="Hello.", created_at=clock.now()))
    assert delivered(ours) == "automatic"


def test_what_may_not_be_posted_is_refused_with_the_reason_and_the_text(bo: Member, lamps: Thread) -> None:
    with transaction():
        session.get_one(Thread, lamps.id).is_locked = True
    for _ in range(2):
        assert delivered(an_answer(address_for(bo, lamps), str(bo.email), "What I wrote.")) == "refused-forbidden"
    [mail] = mails_to(bo)
    assert "You cannot reply to a locked thread." in mail.body
    assert "What I wrote." in mail.body
    assert f"https://talk.example/threads/{lamps.id}" in mail.body


def test_a_banned_member_and_one_who_lost_the_board_are_refused(bo: Member, lamps: Thread) -> None:
    address = address_for(bo, lamps)
    with transaction():
        hide(session.get_one(Thread, lamps.id), visibility=Visibility.DELETED)
    assert delivered(an_answer(address, str(bo.email))) == "gone"
    with transaction():
        other = a_thread()
        a_ban(session.get_one(Member, bo.id), reason="Spam")
    assert delivered(an_answer(address_for(bo, other), str(bo.email))).startswith("refused-")
    assert not posts_in(lamps)
    assert len(mails_to(bo)) == 2


def test_a_mail_to_the_address_of_a_header_unsubscribes(bo: Member) -> None:
    with transaction():
        word = token_for(bo.id, UNSUBSCRIBE, "reply")
    unsubscribe = an_answer(f"forum+{word}@talk.example", "somebody@else.example", "unsubscribe")
    assert delivered(unsubscribe) == "unsubscribed"
    chosen = session.scalars(select(NotificationChoice)).one()
    assert (chosen.member_id, chosen.kind, chosen.channel, chosen.is_on) == (bo.id, "reply", "mail", False)


def test_nobody_is_mailed_at_an_address_that_was_never_confirmed(lamps: Thread) -> None:
    with transaction():
        member = a_member(email_verified_at=None)
    assert delivered(an_answer(address_for(member, lamps), str(member.email))) == "unconfirmed"
    assert not mails_to(member)
    assert not posts_in(lamps)


def test_a_closed_account_does_not_post(bo: Member, lamps: Thread) -> None:
    address = address_for(bo, lamps)
    with transaction():
        session.get_one(Member, bo.id).closed_at = clock.now()
    assert delivered(an_answer(address, str(bo.email))) == "closed"
    assert not posts_in(lamps)


def test_an_answer_without_text_is_refused(bo: Member, lamps: Thread) -> None:
    only_quote = "On 30/11/2026 18:47, Talk wrote:\n> Does it?\n\n-- \nBo"
    assert delivered(an_answer(address_for(bo, lamps), str(bo.email), only_quote)) == "empty"
    [mail] = mails_to(bo)
    assert "no text was left" in mail.body


def test_files_are_left_out_and_the_member_is_told_once(bo: Member, lamps: Thread) -> None:
    for text in ("First words.", "Other words."):
        message = an_answer(address_for(bo, lamps), str(bo.email), text)
        message.add_attachment(b"PK", "application", "zip", filename="all.zip")
        assert delivered(message) == "posted-files"
    assert [post.source for post in posts_in(lamps)] == ["First words.", "Other words."]
    assert len(mails_to(bo)) == 1
    picture = an_answer(address_for(bo, lamps), str(bo.email), "With a logo.")
    picture.add_attachment(b"GIF", "image", "gif", filename="logo.gif", disposition="inline")
    assert delivered(picture) == "posted"
    alone = an_answer(address_for(bo, lamps), str(bo.email), " ")
    alone.add_attachment(b"PK", "application", "zip", filename="all.zip")
    assert delivered(alone) == "files"


def test_what_is_attached_is_never_posted_as_the_answer(bo: Member, lamps: Thread) -> None:
    forwarded = an_answer("bo@home.example", "doctor@clinic.example", "Your results are private.")
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Message-ID"] = str(bo.email), address_for(bo, lamps), "<a1@mail.example>"
    answer.set_content("<p>As HTML alone.</p>", subtype="html")
    answer.add_attachment(forwarded)
    named = an_answer(address_for(bo, lamps), str(bo.email))
    named.set_content("<p>Once more.</p>", subtype="html")
    named.add_attachment("My diary.", filename="diary.txt", disposition="inline")
    nameless = an_answer(address_for(bo, lamps), str(bo.email), " ")
    nameless.make_mixed()
    diary = 'Content-Type: text/plain; name="diary.txt"\n\nMy diary.\n'
    nameless.attach(message_from_string(diary, policy=default))
    assert [delivered(each) for each in (answer, named, nameless)] == ["posted-files", "posted-files", "files"]
    assert [post.source for post in posts_in(lamps)] == ["As HTML alone.", "Once more."]


def test_a_message_that_is_too_large_is_refused_by_its_header(bo: Member, lamps: Thread) -> None:
    message = an_answer(address_for(bo, lamps), str(bo.email))
    assert deliver(message.as_bytes(), is_whole=False) == "too-large"
    [mail] = mails_to(bo)
    assert "larger than 10 MB" in mail.body
    assert not posts_in(lamps)


def test_a_text_that_is_too_long_is_refused(bo: Member, lamps: Thread) -> None:
    assert delivered(an_answer(address_for(bo, lamps), str(bo.email), "words " * 9_000)) == "refused-invalid"
    [mail] = mails_to(bo)
    assert "at most 50000 characters" in mail.body


def test_answers_that_come_too_fast_wait_for_the_next_run(app: Flask, bo: Member, lamps: Thread) -> None:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    first, second = (an_answer(address_for(bo, lamps), str(bo.email), words) for words in ("One.", "Two."))
    assert [delivered(first), delivered(second)] == ["posted", "later"]
    with transaction():
        for post in posts_in(lamps):
            post.created_at = clock.now() - timedelta(minutes=10)
    assert delivered(second) == "posted"


def test_a_member_who_sends_hundreds_at_once_does_not_fill_the_mailbox(app: Flask, bo: Member, lamps: Thread) -> None:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    assert delivered(an_answer(address_for(bo, lamps), str(bo.email), "One.")) == "posted"
    answers = [an_answer(address_for(bo, lamps), str(bo.email), f"Answer {number}.") for number in range(MAX_WAITS + 2)]
    outcomes = [delivered(answer) for answer in answers]
    assert outcomes == ["later"] * MAX_WAITS + ["refused-too-soon"] * 2
    assert len(posts_in(lamps)) == len(mails_to(bo)) == 1


def test_a_thread_in_slow_mode_refuses_a_second_answer(app: Flask, bo: Member, lamps: Thread) -> None:
    with transaction():
        session.get_one(Thread, lamps.id).slow_minutes = 60
    answers = [an_answer(address_for(bo, lamps), str(bo.email), words) for words in ("One.", "Two.")]
    assert [delivered(answer) for answer in answers] == ["posted", "refused-too-soon"]
    [mail] = mails_to(bo)
    assert "slow mode" in mail.body


def test_an_answer_that_needs_approval_waits_and_the_member_is_told(bo: Member) -> None:
    with transaction():
        thread = a_thread(board=a_board(approval=BoardApproval.ALL), by=a_member(role="admin"))
    assert delivered(an_answer(address_for(bo, thread), str(bo.email))) == "held"
    [post] = posts_in(thread)
    assert post.is_held
    [mail] = mails_to(bo)
    assert "waits for a moderator" in mail.body


def test_an_answer_to_a_merged_thread_goes_to_the_one_with_its_posts(bo: Member, lamps: Thread) -> None:
    address = address_for(bo, lamps)
    with transaction():
        old, other = session.get_one(Thread, lamps.id), a_thread()
        merge_threads(a_member(role="admin"), [old], other)
        other_id = other.id
    assert delivered(an_answer(address, str(bo.email), "To where it went.")) == "posted"
    assert session.scalars(select(Post).where(Post.source == "To where it went.")).one().thread_id == other_id


def test_an_answer_leaves_the_draft_of_another_alone(bo: Member, lamps: Thread) -> None:
    with transaction():
        drafts.save(session.get_one(Member, bo.id), place=f"thread:{lamps.id}", body="Half a thought")
    delivered(an_answer(address_for(bo, lamps), str(bo.email)))
    assert drafts.find(session.get_one(Member, bo.id), f"thread:{lamps.id}") is not None


def test_what_was_read_is_forgotten_after_90_days(bo: Member, lamps: Thread) -> None:
    delivered(an_answer(address_for(bo, lamps), str(bo.email)))
    with transaction():
        entries.forget_old()
    assert session.scalar(select(func.count(InboundMail.id))) == 1
    with transaction():
        session.scalars(select(InboundMail)).one().received_at = clock.now() - timedelta(days=91)
    with transaction():
        entries.forget_old()
    assert not session.scalar(select(func.count(InboundMail.id)))
