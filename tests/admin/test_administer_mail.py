"""Admins set mail up: a test message, what DNS says about the sender, and the queue with retry and drop."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from dns import flags, message, rrset
from dns.resolver import Resolver
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum.admin.jobs import job_actions
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.settings import Settings
from forum.jobs import cleanup
from forum.mail import queue
from forum.mail.self_test import meaning_of
from forum.mail.sender_dns import Finding, lookups
from forum.models import Mail
from tests.admin.conftest import Send
from tests.admin.pages import error_at, parsed
from tests.conftest import log_in, token_in
from tests.middleware.guests import Writing
from tests.servers import Mailbox, free_port, smtp_server


def a_message(subject: str = "Hello", **more: object) -> Mail:
    """A message in the queue, due now."""
    now = clock.now()
    values = {"created_at": now, "try_after": now, "body": "a secret link"} | more
    row = Mail(recipient="anna@example.org", subject=subject, **values)
    session.add(row)
    session.flush()
    return row


def notice_in(page: TestResponse) -> str:
    """The result of a test message."""
    found = parsed(page).select_one("main .notice")
    assert found is not None
    return " ".join(found.text.split())


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("name", ["anna", "mona"])
def test_only_admins_see_mail_and_act_on_it(client: FlaskClient, name: str, writing: Writing) -> None:
    with writing():
        a_message()
    log_in(client, name)
    token = {"csrf_token": token_in(client.get("/account").text)}
    assert client.get("/admin/mail").status_code == 403
    for path in ("test", "1/retry", "retry-all", "1/drop"):
        assert client.post(f"/admin/mail/{path}", data=token | {"address": "a@b.example"}).status_code == 403


class TestQueue:
    """Without a mail server."""

    def test_given_up_mail_does_not_wait_for_a_job(self, client: FlaskClient, admin: Send, writing: Writing) -> None:
        del client, admin
        with writing():
            a_message(try_after=None, attempts=16)
            a_message(attempts=1)
            assert [number for _, number in job_actions.queues()][:2] == [1, 1]

    def test_the_queue_shows_no_address_and_no_text(self, client: FlaskClient, admin: Send, writing: Writing) -> None:
        with writing():
            a_message("Choose a new password", attempts=3, last_error="451 later")
            a_message("Confirm your e-mail address", try_after=None, last_error="550 no such user")
        page = client.get("/admin/mail")
        rows = [" ".join(row.text.split()) for row in parsed(page).select("main li.admin-row")]
        assert "a…@example.org" in rows[0]
        assert "3 attempts 451 later" in rows[0]
        assert rows[1].startswith("Confirm your e-mail address Given up a…@example.org")
        assert "anna@" not in page.text
        assert "secret link" not in page.text
        only = parsed(client.get("/admin/mail?show=given-up")).select("main li.admin-row")
        assert len(only) == 1
        assert client.get("/admin/mail?page=2").status_code == 404

    def test_a_message_is_tried_again_or_dropped_and_both_are_logged(
        self, app: Flask, client: FlaskClient, admin: Send, writing: Writing
    ) -> None:
        with writing():
            given_up = a_message("Given up", try_after=None, attempts=16).id
            unwanted = a_message("Unwanted", try_after=clock.now() + timedelta(hours=6)).id
        assert admin(f"/admin/mail/{given_up}/retry").headers["Location"] == "/admin/mail#queue"
        assert admin(f"/admin/mail/{unwanted}/drop").status_code == 303
        assert admin(f"/admin/mail/{unwanted}/drop").status_code == 404, "a second click"
        with app.app_context():
            row = session.scalars(select(Mail)).one()
            assert (row.id, row.try_after is not None) == (given_up, True)
        log = client.get("/moderation/log").text
        assert "Tried to send e-mail again" in log
        assert "Deleted unsent e-mail" in log
        assert "Subject: <bdi>Unwanted</bdi>" in log

    def test_a_message_that_a_job_may_be_sending_is_left_alone(self, app_in_context: Flask) -> None:
        claim = clock.now() + timedelta(minutes=1)
        sending, waiting = a_message(try_after=claim), a_message(try_after=clock.now() + timedelta(hours=1))
        assert queue.make_due() == 1
        session.expire_all()
        assert (sending.try_after, waiting.try_after) == (claim, waiting.try_after)
        assert waiting.try_after is not None
        assert waiting.try_after <= clock.now()

    def test_all_are_tried_again_with_one_click(self, app: Flask, admin: Send, writing: Writing) -> None:
        with writing():
            for _ in range(3):
                a_message(try_after=None)
        assert admin("/admin/mail/retry-all").status_code == 303
        with app.app_context():
            assert queue.queue_page(1, only_given_up=True)[1].total == 0

    def test_what_was_given_up_is_deleted_after_a_week(self, app_in_context: Flask) -> None:
        old = clock.now() - timedelta(days=8)
        a_message("Old", created_at=old, try_after=None)
        a_message("Old but waiting", created_at=old)
        a_message("New", try_after=None)
        session.commit()
        cleanup.purge_accounts()
        assert list(session.scalars(select(Mail.subject).order_by(Mail.id))) == ["Old but waiting", "New"]

    def test_the_page_says_how_to_set_mail_up(self, client: FlaskClient, admin: Send) -> None:
        assert "FORUM_MAIL_URL=smtp://user:password@mail.example:587" in client.get("/admin/mail").text
        assert admin("/admin/mail/test", address="anna@example.org").status_code == 409


class TestServer:
    """With a mail server."""

    @pytest.fixture
    def mailbox(self) -> Iterator[Mailbox]:
        with smtp_server() as mailbox:
            yield mailbox

    @pytest.fixture
    def settings(self, settings: Settings, mailbox: Mailbox) -> Settings:
        return replace(settings, mail_url=mailbox.url, mail_from="forum@example.org")

    def test_a_test_message_arrives_and_the_answer_is_shown(
        self, client: FlaskClient, admin: Send, mailbox: Mailbox
    ) -> None:
        field = parsed(client.get("/admin/mail")).select_one("#address")
        assert field is not None
        assert field["value"], "the admin's own address"
        page = admin("/admin/mail/test", address=" anna@example.net ")
        assert page.status_code == 200
        assert notice_in(page).startswith("The mail server accepted the message.")
        assert "250 kept" in page.text
        assert mailbox.recipients == ["anna@example.net"]
        assert "Sent a test message" in client.get("/moderation/log").text

    @pytest.mark.parametrize(
        "address", ["anna", "a@(", "a@[", "anna@example.org\r\nBcc: eve@example.org", "@@", "a@b@c.example"]
    )
    def test_an_address_that_is_none_is_refused_and_kept(self, admin: Send, mailbox: Mailbox, address: str) -> None:
        answer = admin("/admin/mail/test", address=address)
        assert answer.status_code == 422
        assert error_at(answer, "address")
        assert mailbox.recipients == []


class TestNoServer:
    """With an address at which nothing listens, and one at which nobody answers."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, mail_url=f"smtp://olaf:secret-word@127.0.0.1:{free_port()}")

    def test_what_is_wrong_is_said_in_plain_words(self, client: FlaskClient, admin: Send) -> None:
        page = admin("/admin/mail/test", address="anna@example.org")
        assert page.status_code == 200
        assert notice_in(page).startswith("Not sent. Nothing answers at this host and port.")
        assert "secret-word" not in page.text + client.get("/admin/mail").text

    def test_a_server_that_is_silent_keeps_nobody_waiting(
        self, app: Flask, admin: Send, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("forum.admin.operation.mail.TEST_SECONDS", 0.3)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            settings = app.extensions["forum.settings"]
            url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
            app.extensions["forum.settings"] = replace(settings, mail_url=url)
            page = admin("/admin/mail/test", address="anna@example.org")
            assert notice_in(page).startswith("Not sent. The mail server did not finish within")
            again = admin("/admin/mail/test", address="anna@example.org")
        assert again.status_code == 409


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (smtplib.SMTPAuthenticationError(535, b"no"), "rejects the user name or the password"),
        (smtplib.SMTPRecipientsRefused({}), "refuses this recipient"),
        (smtplib.SMTPServerDisconnected("x"), "smtps://"),
        (ssl.SSLCertVerificationError("x"), "certificate"),
        (socket.gaierror(-2, "Name or service not known"), "not known in DNS"),
        (TimeoutError(), "does not answer"),
        (OSError("x"), "gave an error"),
    ],
)
def test_each_error_of_a_mail_server_is_explained(error: Exception, words: str) -> None:
    assert words in str(meaning_of(error))


class NameServer:
    """A name server on a UDP port, which answers from a table."""

    def __init__(self, port: int, records: dict[tuple[str, str], list[str]]) -> None:
        self.records = records
        self.resolver = Resolver(configure=False)
        self.resolver.nameservers, self.resolver.port = ["127.0.0.1"], port

    def answer(self, packet: bytes) -> bytes:
        """The response to a query."""
        query = message.from_wire(packet)
        question = query.question[0]
        response = message.make_response(query)
        response.flags |= flags.RA
        kind = question.rdtype.name
        found = self.records.get((question.name.to_text(omit_final_dot=True), kind), [])
        if found:
            response.answer.append(rrset.from_text(question.name, 60, "IN", kind, *found))
        return response.to_wire()


@pytest.fixture
def names() -> Iterator[NameServer]:
    """A running name server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        server = NameServer(bound.getsockname()[1], {})

        def serve() -> None:
            while True:
                packet, sender = bound.recvfrom(4096)
                if not packet:
                    return
                bound.sendto(server.answer(packet), sender)

        thread = Thread(target=serve)
        thread.start()
        yield server
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
            stop.sendto(b"", bound.getsockname())
        thread.join()


def found_by(names: NameServer, selector: str = "", host: str = "mail.example.org") -> dict[str, Finding]:
    """What the self-test finds."""
    return {name: look() for name, look in lookups("example.org", host, selector, names.resolver).items()}


def test_a_well_set_up_sender_is_found_to_be_so(names: NameServer) -> None:
    names.records = {
        ("example.org", "TXT"): ['"google-site=1"', '"v=spf1 include:mail" ".example ~all"'],
        ("s1._domainkey.example.org", "TXT"): ['"v=DKIM1; k=rsa; p=MIGf"'],
        ("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=none"'],
        ("example.org", "MX"): ["10 mx.example.org."],
        ("mail.example.org", "A"): ["9.9.9.9"],
        ("9.9.9.9.in-addr.arpa", "PTR"): ["mail.example.org."],
    }
    found = found_by(names, "s1")
    assert {name: finding.is_good for name, finding in found.items()} == dict.fromkeys(found, True)
    assert found["SPF"].record == "v=spf1 include:mail.example ~all"
    assert found["Reverse DNS"].record == "9.9.9.9 → mail.example.org"


def test_what_is_missing_or_wrong_is_said(names: NameServer) -> None:
    empty = found_by(names, "s1")
    assert {name for name, finding in empty.items() if finding.is_good is False} == set(empty)
    names.records = {
        ("example.org", "TXT"): ['"v=spf1 +all"'],
        ("s1._domainkey.example.org", "TXT"): ['"v=DKIM1; p="'],
        ("mail.example.org", "A"): ["9.9.9.9"],
        ("9.9.9.9.in-addr.arpa", "PTR"): ["other.example."],
    }
    wrong = found_by(names, "s1")
    assert "lets every server send" in str(wrong["SPF"].words)
    assert "withdrawn" in str(wrong["DKIM"].words)
    assert "no name that leads back" in str(wrong["Reverse DNS"].words)
    unknown = found_by(names, host="127.0.0.1")
    assert (unknown["DKIM"].is_good, unknown["Reverse DNS"].is_good) == (None, None)
    names.records[("example.org", "TXT")] = ['"v=spf1 a ~all"', '"v=spf1 mx ~all"']
    assert "Several records" in str(found_by(names)["SPF"].words)


def test_the_subdomain_of_a_domain_with_a_policy_has_it(names: NameServer) -> None:
    names.records = {("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=reject"']}
    found = lookups("forum.example.org", "", "", names.resolver)["DMARC"]()
    assert found.record == "v=DMARC1; p=reject"


def test_a_selector_that_is_none_is_refused_at_its_field(app: Flask, client: FlaskClient, admin: Send) -> None:
    settings = app.extensions["forum.settings"]
    app.extensions["forum.settings"] = replace(settings, mail_from="forum@example.org")
    page = client.get("/admin/mail?dns=yes&selector=a..%20b/")
    assert error_at(page, "selector").startswith("Enter the selector only")
    assert "What DNS says about the sender" in page.text
