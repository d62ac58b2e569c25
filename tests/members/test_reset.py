"""Password resets and password changes."""

from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.infra import clock
from forum.infra.client_ip import ClientAddress, set_client_address
from forum.infra.database.db import session, start_writing
from forum.infra.errors import ForumError, Invalid, NotFound
from forum.infra.password import verify
from forum.infra.settings import Settings
from forum.members import account_mail, actions, email_addresses
from forum.members.credentials import api_tokens, sessions
from forum.members.rules import FIRST_RESETS_BY_OTHERS_A_DAY, MORE_RESETS_BY_OTHERS_A_DAY
from forum.models import LogEntry, Mail, MailToken, Member
from tests.conftest import settings_on
from tests.factories import PASSWORD, a_member

HOME = "http://forum.test"
NEW = "nine purple crocodiles"


@pytest.fixture
def anna(app_in_context: Flask) -> Member:
    member = a_member("Anna", email="anna@example.org", email_key="anna@example.org")
    session.commit()
    return member


def secret_for(login: str = "Anna") -> str:
    """Request a reset link and read the secret from the mail."""
    start_writing()
    actions.request_reset(login, home=HOME)
    session.commit()
    letter = session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    assert letter is not None
    return letter.body.split(f"{HOME}/reset/")[1].split()[0]


def reset(secret: str, new: str = NEW) -> None:
    actions.reset_password(secret, new=new, home=HOME)
    session.commit()


def test_the_secret_is_long_and_only_its_hash_is_stored(anna: Member) -> None:
    secret = secret_for()
    row = session.scalars(select(MailToken)).one()
    assert len(secret) >= 43
    assert secret not in str(vars(row))
    assert row.expires_at - row.created_at == timedelta(hours=1)


def test_a_secret_works_once(anna: Member) -> None:
    secret = secret_for()
    reset(secret)
    assert verify(anna.password_hash or "", NEW)
    with pytest.raises(NotFound):
        reset(secret, "eleven yellow pelicans")
    assert verify(anna.password_hash or "", NEW)


def test_a_newer_secret_invalidates_the_older(anna: Member) -> None:
    first, second = secret_for(), secret_for("anna@example.org")
    with pytest.raises(NotFound):
        reset(first)
    reset(second)


def test_a_secret_expires_after_an_hour(anna: Member) -> None:
    secret = secret_for()
    with clock.frozen_at(clock.now() + timedelta(minutes=61)), pytest.raises(NotFound):
        reset(secret)


def test_a_secret_is_invalidated_by_a_change_of_password_or_address(anna: Member) -> None:
    secret = secret_for()
    actions.change_password(anna, current=PASSWORD, new=NEW, home=HOME)
    session.commit()
    with pytest.raises(NotFound):
        reset(secret)
    secret = secret_for()
    email_addresses.change_email(anna, password=NEW, email="new@example.org", home=HOME)
    session.commit()
    with pytest.raises(NotFound):
        reset(secret)


def test_a_wrong_secret_is_refused(anna: Member) -> None:
    secret_for()
    for secret in ("", "x", "0" * 43, "\0", "../x", "x" * 10_000):
        with pytest.raises(NotFound):
            reset(secret)


def test_a_reset_ends_all_sessions_and_notifies_the_owner(anna: Member) -> None:
    token = sessions.start(anna, persistent=True)
    key = api_tokens.make(anna, name="x", scopes="read")
    session.commit()
    secret = secret_for()
    reset(secret)
    assert sessions.find(token) is None
    assert api_tokens.find(key) is not None
    subjects = session.scalars(select(Mail.subject).order_by(Mail.id)).all()
    assert subjects[-1] == "Your password was changed"
    assert {"ask-reset", "reset-password"} <= set(session.scalars(select(LogEntry.action)))
    assert secret not in str([vars(entry) for entry in session.scalars(select(LogEntry))])


def test_a_weak_new_password_is_refused_and_the_secret_stays_valid(anna: Member) -> None:
    secret = secret_for()
    for bad in ("short", "password123", "Anna", "x" * 1001):
        with pytest.raises(Invalid) as refusal:
            reset(secret, bad)
        assert set(refusal.value.fields) == {"new_password"}
    reset(secret)


def test_an_admin_needs_fifteen_characters(anna: Member) -> None:
    anna.role = "admin"
    session.commit()
    with pytest.raises(Invalid):
        actions.change_password(anna, current=PASSWORD, new="wqzr mpkl bvtx", home=HOME)
    with pytest.raises(Invalid):
        reset(secret_for(), "wqzr mpkl bvtx")


def test_members_without_an_account_or_address_get_no_mail(anna: Member) -> None:
    a_member("no mail", email=None, email_key=None)
    session.commit()
    start_writing()
    for login in ("nobody", "nobody@example.org", "no mail", "", "%", "a\0b"):
        actions.request_reset(login, home=HOME)
    assert session.scalar(select(func.count()).select_from(Mail)) == 0


def test_a_changed_password_ends_the_other_sessions(anna: Member) -> None:
    here, there = sessions.start(anna, persistent=False), sessions.start(anna, persistent=True)
    key = api_tokens.make(anna, name="x", scopes="read")
    session.commit()
    actions.change_password(anna, current=PASSWORD, new=NEW, home=HOME, here=sessions.find(here), end_tokens=True)
    session.commit()
    assert sessions.find(here) is not None
    assert sessions.find(there) is None
    assert api_tokens.find(key) is None


def test_the_current_password_is_required(anna: Member) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.change_password(anna, current="wrong words here", new=NEW, home=HOME)
    assert set(refusal.value.fields) == {"current_password"}
    session.rollback()
    assert verify(anna.password_hash or "", PASSWORD)
    assert "password-refused" in set(session.scalars(select(LogEntry.action)))


class TestWithLimits:
    """With production rate limits."""

    @pytest.fixture
    def settings(self, tmp_path_factory: pytest.TempPathFactory) -> Settings:
        return settings_on(tmp_path_factory.mktemp("limits"), FORUM_LIMITS="on")

    def _statuses(self, *logins: str) -> list[int]:
        statuses = []
        for login in logins:
            start_writing()
            try:
                actions.request_reset(login, home=HOME)
                session.commit()
                statuses.append(303)
            except ForumError as refusal:
                session.rollback()
                statuses.append(refusal.status)
        return statuses

    def test_five_mails_a_day_for_known_and_unknown_addresses_alike(self, anna: Member) -> None:
        assert self._statuses(*["Anna"] * 6) == [303] * 5 + [429]
        assert self._statuses(*["nobody"] * 6) == [303] * 5 + [429]

    def test_a_few_strangers_cannot_block_mail_to_a_member_who_is_logged_out(self, anna: Member) -> None:
        mails = select(func.count()).select_from(Mail)
        for number in range(12):
            set_client_address(ClientAddress(f"198.51.100.{number}", "a browser", ""))
            assert self._statuses(*["Anna"] * 5, *["anna@example.org"] * 5) == [303] * 10
        by_strangers = session.scalar(mails) or 0
        assert by_strangers == 12 + MORE_RESETS_BY_OTHERS_A_DAY
        set_client_address(ClientAddress("192.0.2.1", "a browser at work", ""))
        assert self._statuses("Anna") == [303]
        assert session.scalar(mails) == by_strangers + 1

    def test_on_a_known_device_no_number_of_strangers_blocks_mail(self, anna: Member) -> None:
        mails = select(func.count()).select_from(Mail)
        set_client_address(ClientAddress("2001:db8:1::1", "a browser", ""))
        actions.authenticate("Anna", PASSWORD, home=HOME)
        session.commit()
        assert sessions.of(anna) == []
        for number in range(FIRST_RESETS_BY_OTHERS_A_DAY + 3):
            set_client_address(ClientAddress(f"198.51.100.{number}", "a browser", ""))
            assert self._statuses("Anna", "Anna") == [303] * 2
        by_strangers = session.scalar(mails) or 0
        assert by_strangers == FIRST_RESETS_BY_OTHERS_A_DAY + MORE_RESETS_BY_OTHERS_A_DAY
        set_client_address(ClientAddress("2001:db8:1::2", "a browser", ""))
        assert self._statuses(*["Anna"] * 6) == [303] * 5 + [429]
        assert session.scalar(mails) == by_strangers + 5

    def test_twenty_requests_a_day_from_one_address(self, anna: Member) -> None:
        assert self._statuses(*[f"nobody {number}" for number in range(21)])[-2:] == [303, 429]

    def test_a_reset_by_mail_unlocks_a_locked_name(self, anna: Member) -> None:
        for _ in range(11):
            with pytest.raises(ForumError):
                actions.authenticate("Anna", "wrong words here", home=HOME)
        reset(secret_for())
        assert actions.authenticate("Anna", NEW, home=HOME).id == anna.id

    def test_the_current_password_can_be_tried_at_most_ten_times(self, anna: Member) -> None:
        for _ in range(10):
            with pytest.raises(Invalid):
                actions.confirm_password(anna, "wrong words here")
        with pytest.raises(ForumError) as refusal:
            actions.confirm_password(anna, PASSWORD)
        assert refusal.value.status == 429

    def test_an_address_gets_at_most_a_hundred_mails_a_day(self, app_in_context: Flask) -> None:
        for _ in range(105):
            account_mail.tell_of_new_password("Anna@Example.org", username="anna", link=HOME)
        account_mail.tell_of_new_password("ben@example.org", username="ben", link=HOME)
        session.flush()
        recipients = Counter(session.scalars(select(Mail.recipient)))
        assert recipients == {"Anna@Example.org": 100, "ben@example.org": 1}
