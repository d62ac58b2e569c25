"""Logging in with a name and a password."""

# ruff: noqa: RUF001 - these tests are about lookalike letters

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, ForumError, Invalid, TooSoon
from forum.infra.settings import Settings
from forum.members import actions
from forum.members.names import faults_of_new_name
from forum.members.rules import clean_name
from forum.models import LogEntry, Member
from tests.conftest import settings_on
from tests.factories import PASSWORD, a_ban, a_member

pytestmark = pytest.mark.slow

HOME = "http://forum.test"


def come_in(login: str, password: str = PASSWORD) -> Member:
    return actions.authenticate(login, password, home=HOME)


def refusal_of(login: str, password: str) -> ForumError:
    with pytest.raises(ForumError) as refusal:
        come_in(login, password)
    return refusal.value


def test_a_member_logs_in_by_name_or_address(app_in_context: Flask) -> None:
    anna = a_member("Anna Bloom", email="anna@example.org", email_key="anna@example.org")
    session.commit()
    for login in ("Anna Bloom", "anna bloom", "ANNA BLOOM", " Anna Bloom ", "anna@example.org", "Anna@Example.ORG"):
        assert come_in(login).id == anna.id
        session.commit()
    assert set(session.scalars(select(LogEntry.action).where(LogEntry.actor_id == anna.id))) == {"login"}


def test_a_wrong_password_and_an_unknown_name_get_the_same_message(app_in_context: Flask) -> None:
    a_member("Anna Bloom")
    session.commit()
    known = refusal_of("Anna Bloom", "wrong words here")
    assert isinstance(known, Invalid)
    for login in ("Anna", "nobody", "Аnna Bloom", "ANNA_BLOOM", "nobody@example.org", "", "x" * 3000, "a\0b", "@", "%"):
        unknown = refusal_of(login, "wrong words here")
        assert isinstance(unknown, Invalid)
        assert (str(known), known.fields) == (str(unknown), unknown.fields)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("İbrahim", ("ibrahim", "İBRAHİM", "IBRAHIM", "ıbrahim", "IBRAHİM", "i\u0307brahim")),
        ("ibrahim", ("İbrahim", "IBRAHIM")),
        ("Işıl", ("isil", "IŞIL", "ışıl", "İŞİL")),
        ("Straße", ("STRASSE", "strasse", "STRAẞE")),
        ("Zoë Müller", ("zoe muller", "zoe_muller", "ZoeMuller", "ZOE\u0308 MU\u0308LLER")),
        ("Łukasz", ("lukasz", "ŁUKASZ")),
        ("Οδυσσεύς", ("ΟΔΥΣΣΕΥΣ", "οδυσσευς")),
        ("Ivan", ("lvan", "1van", "IVAN", "Іvan")),
        ("Вова", ("ВОВА", "Bова")),
    ],
)
def test_a_name_form_that_nobody_else_could_register_logs_in(
    app_in_context: Flask, name: str, typed: tuple[str, ...]
) -> None:
    """Such a form cannot be registered, so it is unambiguous; the password is still required."""
    member = a_member(name)
    session.commit()
    for login in typed:
        assert faults_of_new_name(clean_name(login)), login
        assert come_in(login) is member, login
        assert refusal_of(login, "wrong words here").status == 422
        session.commit()


def test_a_failed_login_is_recorded_although_it_is_refused(app_in_context: Flask) -> None:
    anna = a_member("Anna")
    session.commit()
    refusal_of("Anna", "wrong words here")
    session.rollback()
    refusal_of("nobody", "wrong words here")
    session.rollback()
    rows = session.scalars(select(LogEntry).where(LogEntry.action == "login-failed").order_by(LogEntry.id)).all()
    assert [row.target for row in rows] == [f"member:{anna.id}", ""]
    assert not any("wrong words" in str(row.details) for row in rows)


@pytest.mark.parametrize("method", ["pbkdf2:sha256:1000", "scrypt:1024:8:1"])
@pytest.mark.usefixtures("real_password_cost")
def test_a_legacy_hash_is_replaced_at_login(app_in_context: Flask, method: str) -> None:
    anna = a_member("Anna", password_hash=generate_password_hash(PASSWORD, method=method))
    session.commit()
    come_in("Anna")
    session.commit()
    assert (anna.password_hash or "").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert come_in("Anna").id == anna.id


def test_members_without_a_password_cannot_log_in(app_in_context: Flask) -> None:
    """Members imported from an archive."""
    a_member("Anna", password_hash=None)
    session.commit()
    for password in ("", PASSWORD, "None"):
        assert refusal_of("Anna", password).status == 422


def test_members_with_an_unsupported_hash_are_told_to_reset_their_password(app_in_context: Flask) -> None:
    a_member("Anna", password_hash="$2b$12$C6UzMDM.H6dfI/f/IKcEeO8dGJ8G5F6c8nTqS3oQd3x7bq5nqVn5y")
    session.commit()
    message = refusal_of("Anna", PASSWORD)
    assert isinstance(message, Invalid)
    assert "Reset it" in str(message)


def test_a_ban_is_revealed_only_with_the_right_password(app_in_context: Flask) -> None:
    a_ban(a_member("Anna"), reason="Spam")
    session.commit()
    assert isinstance(refusal_of("Anna", "wrong words here"), Invalid)
    message = refusal_of("Anna", PASSWORD)
    assert isinstance(message, Forbidden)
    assert "Spam" in str(message)


class TestWithLimits:
    """With production rate limits."""

    @pytest.fixture
    def settings(self, tmp_path_factory: pytest.TempPathFactory) -> Settings:
        return settings_on(tmp_path_factory.mktemp("limits"), FORUM_LIMITS="on")

    def test_the_eleventh_attempt_at_a_name_must_wait_even_with_the_right_password(self, app_in_context: Flask) -> None:
        a_member("Anna")
        session.commit()
        for _ in range(10):
            assert refusal_of("Anna", "wrong words here").status == 422
        wrong, right = refusal_of("ANNA", "wrong words here"), refusal_of("Anna", PASSWORD)
        assert isinstance(wrong, TooSoon)
        assert isinstance(right, TooSoon)
        assert str(wrong) == str(right)
        assert 0 < right.retry_after <= 900

    def test_attempts_with_all_forms_of_a_name_are_counted_together(self, app_in_context: Flask) -> None:
        a_member("İbrahim")
        session.commit()
        forms = ("İbrahim", "ibrahim", "IBRAHIM", "ıbrahim", "İBRAHİM")
        for login in (*forms, *forms):
            assert refusal_of(login, "wrong words here").status == 422
        assert isinstance(refusal_of("1brahim", PASSWORD), TooSoon)

    def test_the_lock_applies_to_the_account_by_name_and_by_e_mail(self, app_in_context: Flask) -> None:
        a_member("Anna", email="anna@example.org", email_key="anna@example.org")
        session.commit()
        logins = ("Anna", "anna@example.org", "ANNA", "Anna@Example.ORG", " anna ")
        statuses = [refusal_of(logins[number % 5], "wrong words here").status for number in range(12)]
        assert statuses == [422] * 10 + [429] * 2
        assert {refusal_of(login, PASSWORD).status for login in logins} == {429}

    def test_the_lock_ends_after_a_quarter_of_an_hour(self, app_in_context: Flask) -> None:
        a_member("Anna")
        session.commit()
        for _ in range(11):
            refusal_of("Anna", "wrong words here")
        with clock.frozen_at(clock.now() + timedelta(minutes=16)):
            assert come_in("Anna").username == "Anna"

    def test_the_right_password_resets_the_count(self, app_in_context: Flask) -> None:
        a_member("Anna")
        session.commit()
        for _ in range(2):
            for _ in range(9):
                assert refusal_of("Anna", "wrong words here").status == 422
            come_in("Anna")
            session.commit()

    def test_unknown_names_are_locked_like_known_ones(self, app_in_context: Flask) -> None:
        session.commit()
        statuses = [refusal_of("nobody", "wrong words here").status for _ in range(11)]
        assert statuses == [422] * 10 + [429]

    def test_thirty_failures_an_hour_from_one_address(self, app_in_context: Flask) -> None:
        session.commit()
        statuses = [refusal_of(f"nobody {number}", "wrong words here").status for number in range(31)]
        assert statuses == [422] * 30 + [429]

    def test_successful_logins_do_not_count_against_an_address(self, app_in_context: Flask) -> None:
        a_member("Anna")
        session.commit()
        for _ in range(35):
            come_in("Anna")
            session.commit()
