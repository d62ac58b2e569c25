"""Internationalised e-mail addresses: both forms of a domain work; an address that mail cannot reach is refused."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.health import status_notes
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.settings import Settings
from forum.jobs.mail import send_mail
from forum.members import account_mail, actions, email_addresses
from forum.members.signup import registration
from forum.members.smtputf8 import mail_supports_smtputf8
from forum.models import Mail, Member
from tests.conftest import settings_on
from tests.factories import PASSWORD, a_member
from tests.mail.sink import text_of
from tests.servers import Mailbox, free_port, smtp_server

HOME = "https://forum.example"
FORMS = (
    "user2@münchen.example",
    "user2@xn--mnchen-3ya.example",
    "User2@MÜNCHEN.example",
    "user2@mu\u0308nchen.example",
)
WORDS = "seven green elephants"
Registering = Callable[[str, str], Member]


def register(name: str, email: str) -> Member:
    """Create an account."""
    member = registration.register(username=name, email=email, password=WORDS, home=HOME)
    session.commit()
    return member


def refused_at(name: str, email: str) -> dict[str, str]:
    """Why registration fails, by field."""
    with pytest.raises(Invalid) as refusal:
        register(name, email)
    session.rollback()
    return {field: str(words[0]) for field, words in refusal.value.fields.items()}


class TestWithoutMail:
    """Without a mail server."""

    @pytest.mark.parametrize("email", FORMS)
    def test_an_account_is_found_by_both_forms_and_stored_in_one(self, app_in_context: Flask, email: str) -> None:
        member = register("Anna", email)
        for form in FORMS:
            assert actions.authenticate(form, WORDS, home=HOME) is member, form
            session.commit()
            assert "email" in refused_at("Berta", form), form
        assert session.scalars(select(Member.email_key)).all() == ["user2@xn--mnchen-3ya.example"]

    def test_any_letters_are_allowed_before_the_at(self, app_in_context: Flask) -> None:
        """Nothing is sent by SMTP: the operator forwards the files in the outbox."""
        member = register("Jürgen", "jürgen@münchen.example")
        assert actions.authenticate("JÜRGEN@xn--mnchen-3ya.example", WORDS, home=HOME) is member
        session.commit()
        actions.request_reset("ju\u0308rgen@münchen.example", home=HOME)
        session.commit()
        assert send_mail() == 1
        [file] = (app_in_context.extensions["forum.settings"].data / "outbox").glob("*.eml")
        letter = message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=SMTPUTF8)
        assert letter["To"] == "jürgen@xn--mnchen-3ya.example"
        assert f"{HOME}/reset/" in text_of(letter)

    def test_the_page_shows_the_unicode_form(self, app_in_context: Flask, client: FlaskClient) -> None:
        register("Anna", FORMS[1])
        page = client.get("/login").text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        client.post("/login", data={"username": FORMS[0], "password": WORDS, "csrf_token": token})
        assert 'value="user2@münchen.example"' in client.get("/account/email").text


class TestWithMail:
    """With a mail server that supports SMTPUTF8, or one that does not."""

    @pytest.fixture(params=[True, False], ids=["smtputf8", "plain"])
    def offers(self, request: pytest.FixtureRequest) -> bool:
        return bool(request.param)

    @pytest.fixture
    def mailbox(self, offers: bool) -> Iterator[Mailbox]:
        with smtp_server(offers_smtputf8=offers) as mailbox:
            yield mailbox

    @pytest.fixture
    def settings(self, tmp_path: Path, mailbox: Mailbox) -> Settings:
        return settings_on(tmp_path / "data", FORUM_MAIL_URL=mailbox.url, FORUM_BASE_URL=HOME)

    def test_every_server_delivers_to_a_non_ascii_domain(self, app_in_context: Flask, mailbox: Mailbox) -> None:
        register("Anna", FORMS[0])
        assert send_mail() == 1
        for form in FORMS[:2]:
            actions.request_reset(form, home=HOME)
            session.commit()
        assert send_mail() == 2
        assert mailbox.recipients == ["user2@xn--mnchen-3ya.example"] * 3

    def test_non_ascii_letters_before_the_at_need_server_support(
        self, app_in_context: Flask, mailbox: Mailbox, offers: bool
    ) -> None:
        if not offers:
            errors = refused_at("Jürgen", "jürgen@example.org")
            words = "This forum cannot send e-mail to addresses with such letters before the @. Use another address."
            assert errors == {"email": words}
            assert mailbox.recipients == []
            return
        register("Jürgen", "jürgen@münchen.example")
        assert send_mail() == 1
        assert mailbox.recipients == ["jürgen@xn--mnchen-3ya.example"]
        assert mailbox.letters[0]["To"] == "jürgen@xn--mnchen-3ya.example"

    def test_a_change_of_address_has_the_same_rules(self, app_in_context: Flask, offers: bool) -> None:
        anna = a_member("Anna", email="anna@example.org", email_key="anna@example.org")
        session.commit()
        if offers:
            email_addresses.change_email(anna, password=PASSWORD, email="änna@example.org", home=HOME)
            session.commit()
            assert send_mail() == 2
            return
        with pytest.raises(Invalid) as refusal:
            email_addresses.change_email(anna, password=PASSWORD, email="änna@example.org", home=HOME)
        assert "email" in refusal.value.fields

    def test_undeliverable_mail_is_given_up_and_reported(
        self, app_in_context: Flask, mailbox: Mailbox, offers: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        """As after an import, or when the server was replaced by an older one."""
        a_member("Jürgen", email="jürgen@example.org", email_key="jürgen@example.org")
        session.commit()
        actions.request_reset("jürgen@example.org", home=HOME)
        session.commit()
        assert send_mail() == offers
        assert set(session.scalars(select(Mail.try_after))) == (set() if offers else {None})
        if not offers:
            assert "cannot be delivered" in caplog.text
            assert "which the server does not support" in told_to_operators()
            assert "rgen" not in caplog.text + told_to_operators()

    def test_the_servers_capabilities_are_cached(self, app_in_context: Flask, mailbox: Mailbox, offers: bool) -> None:
        assert [mail_supports_smtputf8() for _ in range(3)] == [offers] * 3
        assert account_mail.mail_is_set_up()


class TestServerAway:
    """With nothing listening at the mail server's address."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        url = f"smtp://127.0.0.1:{free_port()}"
        return settings_on(tmp_path / "data", FORUM_MAIL_URL=url, FORUM_BASE_URL=HOME)

    def test_while_the_server_is_away_only_universally_deliverable_addresses_are_accepted(
        self, app_in_context: Flask
    ) -> None:
        assert "email" in refused_at("Jürgen", "jürgen@example.org")
        assert register("Anna", FORMS[0]).email == FORMS[1]


def told_to_operators() -> str:
    """The recorded failures of outgoing mail."""
    return " ".join(note.words for note in status_notes.notes().values())
