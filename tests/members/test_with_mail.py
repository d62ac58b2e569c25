"""Registration and address changes with mail: the mailbox must confirm, and existing accounts are not revealed."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.infra.errors import Conflict, Forbidden, Invalid, NotFound
from forum.infra.settings import Settings
from forum.members import actions, email_addresses, queries
from forum.members.signup import registration
from forum.models import Mail, Member
from tests.conftest import settings_on
from tests.factories import PASSWORD, a_member

HOME = "https://forum.test"
WORDS = "seven green elephants"


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_on(tmp_path_factory.mktemp("mail"), FORUM_MAIL_URL="smtp://127.0.0.1:1", FORUM_BASE_URL=HOME)


def join(name: str, email: str) -> Member:
    member = registration.register(username=name, email=email, password=WORDS, home=HOME)
    session.commit()
    return member


def last_letter() -> Mail:
    return session.scalars(select(Mail).order_by(Mail.id.desc())).first() or Mail(subject="", body="", recipient="")


def last_secret() -> str:
    return last_letter().body.split("/verify/")[1].split()[0]


def confirm(secret: str) -> Member:
    start_writing()
    member = email_addresses.confirm_email(secret)
    session.commit()
    return member


def test_an_account_is_activated_by_its_mail(app_in_context: Flask) -> None:
    session.commit()
    anna = join("Anna", "anna@example.org")
    assert queries.is_waiting(anna)
    assert last_letter().recipient == "anna@example.org"
    with pytest.raises(Forbidden):
        actions.authenticate("Anna", WORDS, home=HOME)
    assert confirm(last_secret()).id == anna.id
    assert anna.email_verified_at is not None
    assert anna.joined_at is not None
    assert actions.authenticate("anna@example.org", WORDS, home=HOME).id == anna.id


def test_logging_in_before_confirming_sends_the_mail_again(app_in_context: Flask) -> None:
    session.commit()
    join("Anna", "anna@example.org")
    first = last_secret()
    with pytest.raises(Forbidden):
        actions.authenticate("Anna", WORDS, home=HOME)
    second = last_secret()
    assert second != first
    with pytest.raises(NotFound):
        confirm(first)
    confirm(second)


def test_a_known_address_gets_the_same_answer_as_any_other(app_in_context: Flask) -> None:
    """The new name is taken, the login gives the same answer, and only the mail to the owner differs."""
    a_member("Anna", email="anna@example.org", email_key="anna@example.org")
    session.commit()
    known, unknown = join("Bert", "Anna@example.org"), join("Carl", "carl@example.org")
    assert queries.is_waiting(known)
    assert queries.is_waiting(unknown)
    words = []
    for name in ("Bert", "Carl"):
        with pytest.raises(Forbidden) as refusal:
            actions.authenticate(name, WORDS, home=HOME)
        words.append(str(refusal.value))
        with pytest.raises(Invalid) as taken:
            join(name, "other@example.org")
        assert set(taken.value.fields) == {"username"}
    assert words[0] == words[1]
    letters = {letter.recipient: letter.subject for letter in session.scalars(select(Mail))}
    assert letters["Anna@example.org"] == "You already have an account"
    assert letters["carl@example.org"] == "Confirm your e-mail address"


def test_an_address_belongs_to_whoever_confirms_it_not_to_the_first_who_entered_it(app_in_context: Flask) -> None:
    """Nobody can block an address, or prepare an account, for its owner."""
    session.commit()
    thief = join("Thief", "anna@example.org")
    stolen = last_secret()
    anna = join("Anna", "anna@example.org")
    with pytest.raises(NotFound):
        confirm(stolen)
    assert confirm(last_secret()).id == anna.id
    assert thief.email is None


def test_unconfirmed_accounts_are_deleted_after_three_days(app_in_context: Flask) -> None:
    """Including those for an already known address."""
    a_member("Anna", email="anna@example.org", email_key="anna@example.org")
    session.commit()
    join("Bert", "anna@example.org")
    join("Carl", "carl@example.org")
    start_writing()
    assert registration.forget_unconfirmed() == 0
    with clock.frozen_at(clock.now() + timedelta(days=4)):
        assert registration.forget_unconfirmed() == 2
    session.commit()
    assert session.scalars(select(Member.username)).all() == ["Anna"]


def test_a_new_address_takes_effect_when_its_mailbox_confirms(app_in_context: Flask) -> None:
    anna = a_member("Anna", email="old@example.org", email_key="old@example.org")
    session.commit()
    email_addresses.change_email(anna, password=PASSWORD, email="new@example.org", home=HOME)
    session.commit()
    letters = {letter.recipient: letter for letter in session.scalars(select(Mail))}
    assert anna.email == "old@example.org"
    assert f"{HOME}/account/password" in letters["old@example.org"].body
    secret = letters["new@example.org"].body.split("/verify/")[1].split()[0]
    confirm(secret)
    assert (anna.email, anna.email_key) == ("new@example.org", "new@example.org")
    assert anna.email_verified_at is not None
    with pytest.raises(NotFound):
        confirm(secret)


def test_a_wrong_password_does_not_change_the_address(app_in_context: Flask) -> None:
    anna = a_member("Anna")
    session.commit()
    with pytest.raises(Invalid):
        email_addresses.change_email(anna, password="wrong words here", email="new@example.org", home=HOME)
    assert session.scalars(select(Mail)).all() == []


def test_the_owner_of_the_old_address_stops_the_change_by_changing_the_password(app_in_context: Flask) -> None:
    anna = a_member("Anna")
    session.commit()
    email_addresses.change_email(anna, password=PASSWORD, email="new@example.org", home=HOME)
    session.commit()
    secret = session.scalars(select(Mail.body).where(Mail.recipient == "new@example.org")).one().split("/verify/")[1]
    actions.change_password(anna, current=PASSWORD, new="nine purple crocodiles", home=HOME)
    session.commit()
    with pytest.raises(NotFound):
        confirm(secret.split()[0])


def test_another_members_address_is_neither_revealed_nor_taken(app_in_context: Flask) -> None:
    anna, bert = a_member("Anna"), a_member("Bert", email="bert@example.org", email_key="bert@example.org")
    session.commit()
    email_addresses.change_email(anna, password=PASSWORD, email="bert@example.org", home=HOME)
    session.commit()
    letter = session.scalars(select(Mail).where(Mail.recipient == "bert@example.org")).one()
    assert "/verify/" not in letter.body
    assert bert.email == "bert@example.org"


def test_an_address_taken_in_the_meantime_is_a_conflict(app_in_context: Flask) -> None:
    anna = a_member("Anna")
    session.commit()
    email_addresses.change_email(anna, password=PASSWORD, email="new@example.org", home=HOME)
    session.commit()
    body = session.scalars(select(Mail.body).where(Mail.recipient == "new@example.org")).one()
    a_member("Bert", email="new@example.org", email_key="new@example.org")
    session.commit()
    with pytest.raises(Conflict):
        confirm(body.split("/verify/")[1].split()[0])
