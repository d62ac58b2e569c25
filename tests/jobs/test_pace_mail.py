"""Mail waits for limits and for domains that refuse it; mail about accounts does not, and members take turns."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.settings import Settings
from forum.infra.text.messages import say
from forum.jobs import mail as job
from forum.jobs.mail import send_mail
from forum.mail import queue
from forum.mail.counts import Fate, counted_since
from forum.members import account_mail
from forum.models import Mail, MailFailure, Member
from forum.site.actions import set_value
from tests.conftest import settings_on
from tests.factories import a_member, news_for
from tests.servers import smtp_server_of

_number = count(1)


class Sink:
    """A mail server with an answer for each domain, at the recipient, at the end of the message, or at the sender."""

    def __init__(self) -> None:
        self.at_sender, self.at_recipient, self.at_end = "", dict[str, str](), dict[str, str]()
        self.drops: set[str] = set()
        self.taken: list[str] = []
        self.tried: list[str] = []
        self.senders: list[str] = []

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.at_sender:
            return self.at_sender
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        self.tried.append(address)
        domain = address.partition("@")[2]
        if domain in self.at_recipient:
            return self.at_recipient[domain]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        domain = envelope.rcpt_tos[0].partition("@")[2]
        if domain in self.drops:
            server.transport.close()
            return "421 gone"
        if domain in self.at_end:
            return self.at_end[domain]
        self.taken.append(envelope.rcpt_tos[0])
        self.senders.append(envelope.mail_from)
        return "250 kept"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, str]]:
    handler = Sink()
    with smtp_server_of(handler) as url:
        yield handler, url


@pytest.fixture
def settings(tmp_path: Path, sink: tuple[Sink, str]) -> Settings:
    urls = {"FORUM_MAIL_URL": sink[1], "FORUM_BASE_URL": "https://forum.example"}
    inbox = {"FORUM_INBOX_URL": "imaps://forum:secret@127.0.0.1/INBOX", "FORUM_MAIL_FROM": "forum@forum.example"}
    return replace(settings_on(tmp_path / "data", **urls, **inbox), limits=True)


@pytest.fixture
def server(app_in_context: Flask, sink: tuple[Sink, str]) -> Sink:
    assert app_in_context.name
    session.commit()
    return sink[0]


def somebody(domain: str = "one.example", *, news: int = 1) -> Member:
    """A member with an address there, and messages for them."""
    with transaction():
        member = a_member()
        member.email = member.email_key = f"m{next(_number)}@{domain}"
        for _ in range(news):
            news_for(member)
    return member


def write_account_mail(address: str) -> None:
    with transaction():
        account_mail.queue_mail(address, say("Your account"), say("Hello."))


def limit(**values: int) -> None:
    with transaction():
        for name, value in values.items():
            set_value(name, value)


def states() -> dict[str, int]:
    session.rollback()
    return {state.value: number for state, number in queue.state_counts().items() if number}


def later(minutes: float) -> Any:
    return clock.frozen_at(clock.now() + timedelta(minutes=minutes))


class TestOrder:
    """What is sent first."""

    def test_account_mail_goes_first(self, server: Sink) -> None:
        somebody(news=3)
        write_account_mail("new@two.example")
        assert send_mail() == 4
        assert server.taken[0] == "new@two.example"

    def test_one_member_s_mail_does_not_hold_up_the_others(self, server: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(job, "BATCH", 6)
        many, few = somebody(news=30), [somebody() for _ in range(4)]
        send_mail()
        assert {member.email for member in few} <= set(server.taken)
        assert server.taken.count(many.email or "") == 2

    def test_news_for_who_takes_no_mail_are_dropped(self, server: Sink) -> None:
        unconfirmed, stopped, closed = somebody(), somebody(), somebody()
        with transaction():
            unconfirmed.email_verified_at = None
            stopped.email_stopped_at = closed.closed_at = clock.now()
        assert send_mail() == 0
        assert server.tried == []
        assert session.scalars(select(Mail)).all() == []


class TestLimits:
    """What is over a limit waits."""

    def test_a_domain_gets_no_more_than_its_limit_an_hour_and_others_are_not_held_up(self, server: Sink) -> None:
        limit(mail_per_domain_hour=3)
        for _ in range(5):
            somebody("one.example")
        somebody("two.example")
        assert send_mail() == 4
        assert states() == {"limited": 2}
        assert send_mail() == 0
        assert set(session.scalars(select(Mail.attempts))) == {0}, "waiting is no attempt"
        session.rollback()
        with later(130):
            assert send_mail() == 2

    def test_account_mail_is_counted_but_never_waits(self, server: Sink) -> None:
        limit(mail_per_hour=2, mail_per_domain_hour=2)
        for number in range(3):
            write_account_mail(f"new{number}@one.example")
        assert send_mail() == 3
        somebody("one.example")
        assert send_mail() == 0
        assert states() == {"limited": 1}

    def test_there_is_a_limit_in_all(self, server: Sink) -> None:
        limit(mail_per_hour=2)
        for number in range(4):
            somebody(f"d{number}.example")
        assert send_mail() == 2
        assert states() == {"limited": 2}

    def test_a_member_gets_no_more_than_so_many_a_day(self, server: Sink) -> None:
        limit(mail_per_member_day=2)
        busy, other = somebody(news=5), somebody()
        assert send_mail() == 3
        assert server.taken.count(busy.email or "") == 2
        assert other.email in server.taken
        with later(24 * 60 * 2 + 1):
            assert send_mail() == 2

    def test_what_waits_is_spread_over_the_time_that_follows(self, server: Sink) -> None:
        limit(mail_per_domain_hour=4)
        for _ in range(12):
            somebody("one.example")
        assert send_mail() == 4
        times = session.scalars(select(Mail.try_after).order_by(Mail.try_after)).all()
        assert len(set(times)) > 3
        assert all(time is not None and time > clock.now() for time in times)

    def test_zero_is_no_limit(self, server: Sink) -> None:
        limit(mail_per_hour=0, mail_per_domain_hour=0, mail_per_member_day=0)
        somebody(news=10)
        assert send_mail() == 10

    def test_two_processes_together_keep_the_limit(self, app_in_context: Flask, server: Sink) -> None:
        limit(mail_per_domain_hour=5)
        for _ in range(12):
            somebody("one.example")

        def send() -> None:
            with app_in_context.app_context():
                send_mail()
                session.remove()

        runs = [Thread(target=send) for _ in range(2)]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        assert len(server.taken) == len(set(server.taken)) == 5
        assert states()["limited"] == 7


class TestRefusals:
    """A mail server that refuses one message, one domain, or everything."""

    @pytest.mark.parametrize("stage", ["at_recipient", "at_end"])
    @pytest.mark.parametrize("answer", ["451 4.7.0 try later", "421 4.7.0 too much from you"])
    def test_a_domain_that_refuses_for_now_makes_its_other_messages_wait(
        self, server: Sink, stage: str, answer: str
    ) -> None:
        setattr(server, stage, {"one.example": answer})
        for _ in range(4):
            somebody("one.example")
        somebody("two.example")
        assert send_mail() == 1
        assert len([address for address in server.tried if address.endswith("@one.example")]) == 1
        assert states() == {"retried": 1, "paused": 3}
        write_account_mail("new@one.example")
        server.at_recipient, server.at_end = {}, {}
        assert send_mail() == 1, "account mail does not wait for the domain"
        with later(15):
            assert send_mail() == 4

    @pytest.mark.parametrize("answer", ["450 4.2.0 Greylisted, see you in five minutes", "452 4.2.2 mailbox full"])
    def test_greylisting_and_full_mailboxes_say_nothing_of_the_others(self, server: Sink, answer: str) -> None:
        server.at_recipient = {"one.example": answer}
        for _ in range(3):
            somebody("one.example")
        assert send_mail() == 0
        assert len(server.tried) == 3
        server.at_recipient = {}
        with later(4):
            assert send_mail() == 0, "greylisting asks for five minutes"
        with later(6):
            assert send_mail() == 3

    def test_pauses_of_a_domain_grow_and_end(self, server: Sink) -> None:
        server.at_recipient = {"one.example": "451 later"}
        somebody("one.example")
        somebody("one.example")
        waits = []
        for _ in range(5):
            send_mail()
            until = session.scalars(select(func.max(Mail.try_after)).where(Mail.held_by == "domain")).one()
            session.rollback()
            if until is not None:
                waits.append(until - clock.now())
            with transaction():
                queue.make_due()
            with later(70):
                send_mail()
        assert all(timedelta() < wait <= timedelta(minutes=131) for wait in waits)
        server.at_recipient = {}
        with later(600):
            assert send_mail() == 2

    def test_a_server_that_refuses_the_sender_for_now_gets_one_message_tried(self, server: Sink) -> None:
        server.at_sender = "421 4.3.2 not now"
        for number in range(3):
            somebody(f"d{number}.example")
        write_account_mail("new@one.example")
        assert send_mail() == 0
        attempts = session.execute(select(Mail.kind, Mail.attempts).order_by(Mail.attempts.desc())).all()
        session.rollback()
        assert [tuple(row) for row in attempts] == [("", 1), ("decision", 0), ("decision", 0), ("decision", 0)]
        server.at_sender = ""
        with later(2):
            assert send_mail() == 4

    def test_a_connection_that_breaks_in_the_middle_costs_one_message_an_attempt(self, server: Sink) -> None:
        server.drops = {"one.example"}
        somebody("one.example")
        others = [somebody("two.example") for _ in range(2)]
        assert send_mail() == 2
        assert sorted(server.taken) == sorted(member.email or "" for member in others)
        assert states() == {"retried": 1}

    def test_a_message_refused_after_reading_is_given_up_and_the_address_is_not_stopped(self, server: Sink) -> None:
        server.at_end = {"one.example": "554 5.7.1 looks like spam"}
        anna = somebody("one.example")
        assert send_mail() == 0
        assert states() == {"given_up": 1}
        session.refresh(anna)
        assert anna.email_stopped_at is None
        assert session.scalars(select(MailFailure.kind)).one() == "soft"

    def test_a_refused_recipient_is_stopped_and_counted(self, server: Sink) -> None:
        server.at_recipient = {"one.example": "550 5.1.1 no such user"}
        anna = somebody("one.example", news=3)
        assert send_mail() == 0
        session.refresh(anna)
        assert anna.email_stop_reason == "unknown"
        assert states() == {"given_up": 1}, "what waited went with the stop"
        assert counted_since(clock.now().date())[Fate.REFUSED] == 1

    def test_a_server_that_distrusts_the_forum_stops_nobody(self, server: Sink) -> None:
        server.at_recipient = {"one.example": "550 5.7.1 your server is on our list"}
        anna = somebody("one.example")
        send_mail()
        session.refresh(anna)
        assert anna.email_stopped_at is None

    def test_a_refusal_of_account_mail_stops_nobody(self, server: Sink) -> None:
        server.at_recipient = {"one.example": "550 5.1.1 no such user"}
        anna = somebody("one.example", news=0)
        write_account_mail(anna.email or "")
        send_mail()
        session.refresh(anna)
        assert anna.email_stopped_at is None


def test_news_have_a_sender_of_their_own_and_account_mail_has_the_forum_s(server: Sink) -> None:
    anna = somebody()
    write_account_mail("new@two.example")
    assert send_mail() == 2
    account, news = server.senders
    assert account == "forum@forum.example"
    assert news.startswith(f"forum+b{anna.id}-")
    assert news.endswith("@forum.example")


def test_what_was_sent_is_counted_by_day(server: Sink) -> None:
    somebody(news=2)
    with clock.frozen_at(clock.now() - timedelta(days=3)):
        write_account_mail("new@two.example")
        assert send_mail() == 1
    assert send_mail() == 2
    today = clock.now().date()
    assert counted_since(today)[Fate.SENT] == 2
    assert counted_since(today - timedelta(days=6))[Fate.SENT] == 3
