"""What comes back stops an address: at once, after some days, or not at all; and nobody can forge it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.settings import Settings
from forum.mail import bounces
from forum.mail.counts import Fate, counted_since
from forum.mail.tokens import REPLY, token_for
from forum.members import account_mail
from forum.models import Mail, MailFailure, Member
from tests.conftest import settings_on
from tests.factories import a_member, news_for
from tests.mail.bounces.test_read_reports import CORPUS, opened

BY_NAME = {path.stem: path.read_bytes() for path in CORPUS}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_on(
        tmp_path / "data",
        FORUM_MAIL_URL="smtp://127.0.0.1:1",
        FORUM_INBOX_URL="imaps://forum:secret@127.0.0.1/INBOX",
        FORUM_MAIL_FROM="forum@forum.example",
        FORUM_BASE_URL="https://forum.example",
    )


@pytest.fixture
def anna(app_in_context: Flask) -> Member:
    member = a_member("anna")
    session.commit()
    return member


def word_for(member: Member) -> str:
    with transaction():
        address = bounces.envelope_sender(member.id, member.email_key or "")
    local, _, domain = address.partition("@")
    assert domain == "forum.example"
    assert len(local) <= 64, "longer ones are refused by mail servers"
    return local.removeprefix("forum+")


def taken(word: str, name: str) -> bool:
    with transaction():
        return bounces.take(word, opened(BY_NAME[name]))


def stop_of(member: Member) -> str:
    session.expire_all()
    return member.email_stop_reason


@contextmanager
def on_day(number: int) -> Iterator[None]:
    with clock.frozen_at(clock.now() + timedelta(days=number)):
        yield


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_only_what_says_that_the_mailbox_is_gone_or_that_mail_is_unwanted_stops_at_once(
    anna: Member, name: str
) -> None:
    kind = name.partition("-")[0]
    assert taken(word_for(anna), name) is (kind != "none")
    assert stop_of(anna) == {"hard": "unknown", "complaint": "complaint"}.get(kind, "")


def test_a_bounce_counts_once_however_often_it_comes(anna: Member) -> None:
    word = word_for(anna)
    for _ in range(3):
        assert taken(word, "hard-sendmail")
    assert session.scalar(select(func.count()).select_from(MailFailure)) == 1
    assert counted_since(clock.now().date())[Fate.BOUNCED] == 1


def test_failures_that_pass_stop_after_five_days_of_two_weeks(anna: Member) -> None:
    for day in range(4):
        with on_day(day):
            for _ in range(4):
                assert taken(word_for(anna), "soft-postfix-mailbox-full")
    assert stop_of(anna) == ""
    with on_day(20):
        assert taken(word_for(anna), "soft-postfix-mailbox-full")
    assert stop_of(anna) == "", "the first ones are too old"
    for day in range(21, 25):
        with on_day(day):
            assert taken(word_for(anna), "soft-postfix-mailbox-full")
    assert stop_of(anna) == "failing"


def test_waiting_mail_goes_with_the_stop_and_account_mail_stays(anna: Member) -> None:
    with transaction():
        news_for(anna)
        account_mail.send_reset(anna.email or "", username="anna", link="https://forum.example/reset/x")
    taken(word_for(anna), "hard-postfix-unknown-user")
    assert session.scalars(select(Mail.subject)).all() == ["Choose a new password"]


def test_nobody_can_forge_a_bounce(anna: Member) -> None:
    word, bert = word_for(anna), a_member("bert")
    session.commit()
    with transaction():
        other_purpose = token_for(anna.id, REPLY, word.split("-")[1])
    forged = (
        "",
        "b",
        word[:-1] + ("a" if word[-1] != "a" else "b"),
        word.replace(f"b{anna.id}-", f"b{bert.id}-"),
        f"b{other_purpose}",
        "b1-" + "9" * 400,
        "b1-\x00-" + "a" * 20,
    )
    for each in forged:
        assert taken(each, "hard-postfix-unknown-user") is False
    assert stop_of(anna) == stop_of(bert) == ""


def test_case_does_not_matter_in_an_address(anna: Member) -> None:
    assert taken(word_for(anna).upper(), "hard-postfix-unknown-user")
    assert stop_of(anna) == "unknown"


def test_old_bounces_and_those_of_a_former_address_do_not_count(anna: Member) -> None:
    old = word_for(anna)
    with on_day(31):
        assert taken(old, "hard-postfix-unknown-user")
    assert stop_of(anna) == ""
    with transaction():
        anna.email = anna.email_key = "new@example.org"
    assert taken(old, "hard-postfix-unknown-user")
    assert stop_of(anna) == ""


def test_a_complaint_without_a_word_names_the_sender_of_its_message(anna: Member) -> None:
    report = BY_NAME["complaint-abuse"].replace(b"+WORD@", f"+{word_for(anna)}@".encode())
    with transaction():
        assert bounces.take("", opened(report))
    assert stop_of(anna) == "complaint"
    with transaction():
        assert not bounces.take("", opened(BY_NAME["complaint-abuse"]))


def test_a_complaint_after_a_bounce_is_what_counts(anna: Member) -> None:
    taken(word_for(anna), "hard-sendmail")
    taken(word_for(anna), "complaint-abuse")
    taken(word_for(anna), "hard-sendmail")
    assert stop_of(anna) == "complaint"


def test_a_message_that_cannot_be_parsed_is_no_bounce(anna: Member) -> None:
    broken = EmailMessage()
    broken._payload = [object()]  # type: ignore[attr-defined] # as no parser would make it
    broken["Content-Type"] = "multipart/report; report-type=delivery-status"
    with transaction():
        assert bounces.take(word_for_in_transaction(anna), broken) is False


def word_for_in_transaction(member: Member) -> str:
    address = bounces.envelope_sender(member.id, member.email_key or "")
    return address.partition("@")[0].removeprefix("forum+")


def test_without_a_mailbox_failures_go_to_the_forum_s_address(anna: Member, app_in_context: Flask) -> None:
    settings = app_in_context.extensions["forum.settings"]
    object.__setattr__(settings, "inbox_url", "")
    with transaction():
        assert bounces.envelope_sender(anna.id, "anna@example.org") == ""
