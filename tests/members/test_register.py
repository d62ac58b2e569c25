"""Registration: validation, concurrent registrations, and what must not be revealed."""

# ruff: noqa: RUF001 - these tests are about lookalike letters

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from forum.app import create_app
from forum.infra.database.db import session, start_writing
from forum.infra.errors import Invalid, NotFound
from forum.members import actions, queries
from forum.members.signup import registration
from forum.models import LogEntry, Mail, Member, Role
from tests.conftest import close, settings_in
from tests.factories import a_member
from tests.migrated import copy_migrated, migrated_postgres
from tests.site_rows import insert_site_rows

WORDS = "seven green elephants"
HOME = "http://forum.test"


def join(name: str, email: str | None = None, password: str = WORDS) -> Member:
    return registration.register(
        username=name, email=email or f"{name.lower()}@example.org", password=password, home=HOME
    )


def fields_of(name: str, email: str | None = None, password: str = WORDS) -> set[str]:
    with pytest.raises(Invalid) as refusal:
        join(name, email, password)
    return set(refusal.value.fields)


@pytest.mark.usefixtures("real_password_cost")
def test_a_new_member_has_a_hash_and_a_date(app_in_context: Flask) -> None:
    anna = join("Anna", "Anna@Example.org")
    assert (anna.role, anna.username, anna.email_key) == ("member", "Anna", "anna@example.org")
    assert anna.joined_at is not None
    assert (anna.password_hash or "").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert session.scalar(select(LogEntry.action).where(LogEntry.actor_id == anna.id)) == "register"


def test_all_errors_are_reported_at_once(app_in_context: Flask) -> None:
    assert fields_of("x", "nowhere", "short") == {"username", "email", "password"}


ODD_ADDRESSES = [
    "",
    "a",
    "a@",
    "@b.org",
    "a b@c.org",
    "a@b.org, c@d.org",
    "a@b.org\r\nBcc: c@d.org",
    "a@b.org\nx",
    "<a@b.org>",
    "Anna <a@b.org>",
    '"a b"@c.org',
    "a@[127.0.0.1]",
    "a@b..org",
    "a\x00@b.org",
    "é b@c.org",
    "x" * 255 + "@b.org",
]


def test_an_invalid_e_mail_address_is_refused(app_in_context: Flask) -> None:
    for email in ODD_ADDRESSES:
        assert "email" in fields_of("Anna", email or " ")


def test_a_lookalike_of_an_existing_name_is_taken(app_in_context: Flask) -> None:
    a_member("Anna")
    session.commit()
    for name in ("ANNA", "anna", "Аnnа", "An na", "Ánna"):
        assert fields_of(name, "other@example.org") == {"username"}


def test_nobody_registers_with_a_staff_name(app_in_context: Flask) -> None:
    a_member("Anna Bloom", role="moderator")
    session.commit()
    for name in ("admin", "The Moderator", "support-team", "Adm1n99", "AnnaBloom1", "the_anna.bl00m"):
        assert fields_of(name, "other@example.org") == {"username"}


def test_a_taken_address_is_reported_if_no_mail_is_configured(app_in_context: Flask) -> None:
    """Without mail there is no other way to report it."""
    a_member("Anna", email="a@example.org", email_key="a@example.org")
    session.commit()
    assert fields_of("Bert", "A@Example.org") == {"email"}


def test_the_operator_may_create_an_admin_with_a_reserved_name(app_in_context: Flask) -> None:
    with pytest.raises(Invalid) as refusal:
        registration.create_by_operator(
            username="admin", email="a@example.org", password="wqzr mpkl bvtx", role=Role.ADMIN
        )
    assert set(refusal.value.fields) == {"password"}
    made = registration.create_by_operator(username="admin", email="a@example.org", password=WORDS, role=Role.ADMIN)
    assert made.is_admin


def test_an_address_that_the_operator_enters_is_confirmed_unless_they_leave_that_to_the_member(
    app_in_context: Flask,
) -> None:
    sure = registration.create_by_operator(username="Anna", email="a@example.org", password=WORDS)
    unsure = registration.create_by_operator(username="Bert", email="b@example.org", password=WORDS, is_confirmed=False)
    assert (sure.takes_mail, unsure.takes_mail) == (True, False)
    assert actions.authenticate("Bert", WORDS, home="https://forum.example") is unsure, "the account is active"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """A forum on each database, used by several threads."""
    if request.param == "sqlite":
        copy_migrated(tmp_path)
        yield _forum_on(tmp_path)
        return
    app = _forum_on(tmp_path, FORUM_DATABASE_URL=migrated_postgres("register"))
    yield app
    close(app)


def _forum_on(folder: Path, **more: str) -> Flask:
    settings = settings_in(folder, **more)
    app = create_app(settings)
    with app.app_context():
        start_writing()
        insert_site_rows()
        session.commit()
    return app


def test_of_two_concurrent_registrations_of_one_name_one_succeeds(shared: Flask) -> None:
    gate = Barrier(4)

    def attempt(number: int) -> str:
        with shared.app_context():
            gate.wait()
            try:
                join(["Anna", "ANNA", "An-na", "anna"][number], f"m{number}@example.org")
                session.commit()
            except Invalid as refusal:
                session.rollback()
                return ",".join(refusal.fields)
            return "joined"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(attempt, range(4)))
    assert answers == ["joined", "username", "username", "username"]
    with shared.app_context():
        assert len(list(session.scalars(select(Member)))) == 1


def test_of_two_concurrent_first_admins_one_succeeds(shared: Flask) -> None:
    with shared.app_context():
        start_writing()
        secret = registration.issue_setup_secret()
        session.commit()
    assert secret is not None
    gate = Barrier(3)

    def attempt(number: int) -> str:
        with shared.app_context():
            gate.wait()
            try:
                registration.make_first_admin(
                    secret, username=f"chief {number}", email=f"m{number}@example.org", password=WORDS
                )
                session.commit()
            except NotFound:
                session.rollback()
                return "nothing there"
            return "admin"

    with ThreadPoolExecutor(3) as pool:
        answers = sorted(pool.map(attempt, range(3)))
    assert answers == ["admin", "nothing there", "nothing there"]
    with shared.app_context():
        assert queries.has_admin()
        assert registration.issue_setup_secret() is None


def test_a_newer_setup_link_invalidates_the_older(app_in_context: Flask) -> None:
    first, second = registration.issue_setup_secret(), registration.issue_setup_secret()
    session.commit()
    assert first is not None
    assert second is not None
    with pytest.raises(NotFound):
        registration.make_first_admin(first, username="chief", email="c@example.org", password=WORDS)
    assert registration.make_first_admin(second, username="chief", email="c@example.org", password=WORDS).is_admin


def test_no_account_exists_at_first(app_in_context: Flask) -> None:
    assert session.scalars(select(Member)).all() == []
    assert session.scalars(select(Mail)).all() == []


@pytest.mark.parametrize("name", ["The Test Forum", "the-test_forum", "The Test Forum Team", "TheTestForum Staff"])
def test_the_forums_own_name_is_reserved(app_in_context: Flask, name: str) -> None:
    session.commit()
    with pytest.raises(Invalid):
        registration.register(username=name, email="n@example.org", password="seven green elephants", home="")
    assert registration.register(
        username="Testford", email="t@example.org", password="seven green elephants", home=""
    ).id


def test_an_address_without_a_deliverable_domain_is_refused(app_in_context: Flask) -> None:
    session.commit()
    with pytest.raises(Invalid):
        registration.register(username="Nobody here", email="a@b", password="seven green elephants", home="")
