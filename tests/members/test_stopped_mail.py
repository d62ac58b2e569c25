"""Addresses that never confirmed or were stopped get only what is asked for, and their members see it."""

import ast
import inspect
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.settings import Settings
from forum.members import account_mail, actions, email_addresses
from forum.models import EmailStop, Mail, MailFailure, Member
from tests.conftest import log_in, settings_on, token_in
from tests.factories import PASSWORD, a_member
from tests.middleware.guests import Writing

HOME = "https://forum.example"
FORUM = Path(account_mail.__file__).parents[1]
GIVEN: dict[str, object] = {
    **dict.fromkeys(("link", "inviter", "question", "reason", "device", "was", "now"), "x"),
    "username": "anna",
    "day": date(2026, 12, 1),
}
# what somebody asks for now: the link is the confirmation, or brings the account back
ASKED = {"ask_to_confirm", "tell_of_registration", "send_invitation", "send_reset", "mail_confirm_new_address"}
KINDS = sorted(
    name
    for name, function in vars(account_mail).items()
    if inspect.isfunction(function) and function.__module__ == account_mail.__name__
    and {"email", "member"} & set(inspect.signature(function).parameters)
    and name != "use_address_again"
)  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_on(tmp_path / "data", FORUM_MAIL_URL="smtp://127.0.0.1:1", FORUM_BASE_URL="http://localhost")


def written(kind: str, member: Member) -> bool:
    """Whether a message of this kind is queued for a member."""
    function = getattr(account_mail, kind)
    parameters = inspect.signature(function).parameters
    to = {"member": member} if "member" in parameters else {"email": member.email}
    with transaction():
        function(**to, **{name: GIVEN[name] for name in parameters if name in GIVEN})
    return session.scalar(select(Mail.id)) is not None


def test_every_kind_of_account_mail_is_walked_here() -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(account_mail)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "queue_mail"
    ]
    assert len(calls) == len(KINDS)


def test_other_callers_write_to_staff_who_take_mail_or_to_who_sent_a_notice() -> None:
    """A new caller has to be looked at: does it write to an address that nobody has confirmed?"""
    callers = {
        str(path.relative_to(FORUM))
        for path in FORUM.rglob("*.py")
        if "queue_mail(" in path.read_text(encoding="utf-8")
    }
    known = {"members/account_mail.py", "moderation/reminders.py", "inbox/refusals.py"}
    assert callers == known | {f"moderation/illegal_content/{name}.py" for name in ("answers", "notices")}


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_that_was_never_confirmed_gets_only_what_is_asked_for(app_in_context: Flask, kind: str) -> None:
    anna = a_member("anna", email_verified_at=None)
    session.commit()
    assert written(kind, anna) is (kind in ASKED)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reason", list(EmailStop))
def test_a_stopped_address_gets_only_what_is_asked_for_and_one_that_complained_also_what_is_about_its_account(
    app_in_context: Flask, kind: str, reason: EmailStop
) -> None:
    anna = a_member("anna", email_stopped_at=clock.now(), email_stop_reason=reason.value)
    session.commit()
    assert written(kind, anna) is (kind in ASKED or reason is EmailStop.COMPLAINT)


@pytest.mark.parametrize("kind", KINDS)
def test_a_confirmed_address_gets_everything(app_in_context: Flask, kind: str) -> None:
    anna = a_member("anna")
    session.commit()
    assert written(kind, anna)


def stopped(reason: EmailStop = EmailStop.UNKNOWN) -> Member:
    anna = a_member("anna", email_stopped_at=clock.now(), email_stop_reason=reason.value)
    session.add(MailFailure(member_id=anna.id, day=clock.now().date(), kind="hard", failed_at=clock.now()))
    return anna


def stop_of(app: Flask) -> str:
    with app.app_context():
        anna = session.scalars(select(Member).where(Member.username == "anna")).one()
        return anna.email_stop_reason if anna.email_stopped_at else ""


def failures(app: Flask) -> int:
    with app.app_context():
        return len(session.scalars(select(MailFailure.day)).all())


def test_a_member_sees_it_on_every_page_and_tries_again_once_a_day(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    with writing():
        stopped()
    assert "stopped sending you e-mail" not in client.get("/").text
    log_in(client, "anna")
    assert "stopped sending you e-mail" in client.get("/").text
    page = client.get("/account/email").text
    assert "there is no such mailbox" in page
    assert "We send nothing to this address at present" in page
    token = {"csrf_token": token_in(page)}
    answer = client.post("/account/email/again", data=token)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/account/email"
    assert stop_of(app) == ""
    assert failures(app) == 0
    assert "Mail is sent to this address again" in client.get("/account/email").text
    assert client.post("/account/email/again", data=token).status_code == 303, "nothing is left to do"
    with writing():
        anna = session.scalars(select(Member).where(Member.username == "anna")).one()
        anna.email_stopped_at, anna.email_stop_reason = clock.now(), "unknown"
    refused = client.post("/account/email/again", data=token)
    assert refused.status_code == 429
    assert "Try again tomorrow" in refused.text
    assert stop_of(app) == "unknown"


def test_an_unconfirmed_address_says_so_where_it_is_entered(client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("anna", email_verified_at=None)
    log_in(client, "anna")
    assert "Not confirmed: we send nothing to it" in client.get("/account/email").text


def test_a_new_confirmed_address_starts_afresh(app: Flask, writing: Writing) -> None:
    with writing():
        stopped()
    with app.app_context():
        anna = session.scalars(select(Member)).one()
        email_addresses.change_email(anna, password=PASSWORD, email="new@example.org", home=HOME)
        session.commit()
        assert anna.email_stopped_at is not None, "until the new one is confirmed"
        (letter,) = session.scalars(select(Mail)).all()  # the old address is not told: it gets nothing
        secret = letter.body.split("/verify/")[1].split()[0]
        with transaction():
            email_addresses.confirm_email(secret)
    assert stop_of(app) == ""
    assert failures(app) == 0


@pytest.mark.parametrize(("reason", "after"), [(EmailStop.FAILING, ""), (EmailStop.COMPLAINT, "complaint")])
def test_a_link_that_came_by_mail_shows_that_the_address_works(
    app: Flask, writing: Writing, reason: EmailStop, after: str
) -> None:
    """It does not take a complaint back."""
    with writing():
        stopped(reason)
    with app.app_context():
        actions.request_reset("anna", home=HOME)
        session.commit()
        secret = session.scalars(select(Mail.body)).one().split("/reset/")[1].split()[0]
        actions.reset_password(secret, new="seven green elephants", home=HOME)
        session.commit()
    assert stop_of(app) == after
