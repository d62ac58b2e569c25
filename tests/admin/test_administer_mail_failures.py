"""Admins see addresses that are stopped, what failed, and what became of mail."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.health import status_notes
from forum.infra import clock
from forum.infra.database.db import session
from forum.mail import counts
from forum.mail.counts import Fate
from forum.models import LogEntry, MailFailure, Member
from tests.admin.conftest import Send
from tests.admin.pages import parsed
from tests.conftest import log_in, token_in
from tests.factories import a_member, news_for
from tests.middleware.guests import Writing


@pytest.fixture
def anna(writing: Writing) -> int:
    with writing():
        anna = a_member("anna stopped", email_stopped_at=clock.now(), email_stop_reason="failing")
        anna.email = anna.email_key = "someone@example.org"
        failed = {"day": clock.now().date(), "failed_at": clock.now(), "words": "552 5.2.2 mailbox full"}
        session.add(MailFailure(member_id=anna.id, kind="soft", **failed))
        return anna.id


def test_the_page_shows_what_failed_without_addresses(
    client: FlaskClient, admin: Send, anna: int, writing: Writing
) -> None:
    del admin
    with writing():
        for fate in (Fate.SENT, Fate.SENT, Fate.BOUNCED):
            counts.count(fate)
        news_for(a_member(), "For a limit", held_by="limit", try_after=clock.now() + timedelta(hours=1))
    page = client.get("/admin/mail")
    rows = [[cell.text for cell in row.select("td")] for row in parsed(page).select("#main table tbody tr")]
    assert rows == [["2"] * 4, ["0"] * 4, ["1"] * 4, ["0"] * 4]
    assert "1 stopped address" in page.text
    assert "500 an hour to one domain" in page.text
    line = parsed(page).select_one("main li.admin-row")
    assert line is not None
    assert "Waits for a limit" in line.text
    assert "…@example.org" in line.text
    listed = client.get("/admin/mail/stopped")
    assert "s…@example.org" in listed.text
    assert "552 5.2.2 mailbox full" in listed.text
    assert "someone@" not in listed.text
    assert client.get("/admin/mail/stopped?page=2").status_code == 404


def test_admins_send_mail_again_to_a_stopped_address(app: Flask, client: FlaskClient, admin: Send, anna: int) -> None:
    assert "messages have come back on several days" in client.get(f"/admin/members/{anna}").text
    assert admin(f"/admin/mail/stopped/{anna}/lift?from=member").headers["Location"] == f"/admin/members/{anna}"
    assert admin(f"/admin/mail/stopped/{anna}/lift").headers["Location"] == "/admin/mail/stopped"
    assert admin("/admin/mail/stopped/999/lift").status_code == 404
    with app.app_context():
        assert session.get_one(Member, anna).takes_mail
        assert session.scalars(select(MailFailure)).all() == []
        logged = session.scalars(select(LogEntry.target).where(LogEntry.action == "use-address-again")).all()
    assert logged == [f"member:{anna}"], "the second click changed nothing"
    assert "Sent mail to a stopped address again" in client.get("/moderation/log").text


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("name", ["anna", "mona"])
def test_others_see_and_lift_nothing(client: FlaskClient, anna: int, name: str) -> None:
    log_in(client, name)
    token = {"csrf_token": token_in(client.get("/account").text)}
    assert client.get("/admin/mail/stopped").status_code == 403
    assert client.post(f"/admin/mail/stopped/{anna}/lift", data=token).status_code == 403


def test_the_mailbox_s_state_is_shown(app: Flask, client: FlaskClient, admin: Send) -> None:
    del admin
    settings = app.extensions["forum.settings"]
    app.extensions["forum.settings"] = replace(
        settings, inbox_url="imaps://forum:secret@mail.example/INBOX", inbox_address="in@example.org"
    )
    page = client.get("/admin/mail").text
    assert "come to in@example.org" in page
    assert "It was not read yet." in page
    with app.app_context():
        status_notes.note(status_notes.MAILBOX_FAILED, "the login failed")
    page = client.get("/admin/mail").text
    assert "the login failed" in page
    assert "secret" not in page
    with app.app_context():
        status_notes.note(status_notes.MAILBOX_READ)
    assert "the login failed" not in client.get("/admin/mail").text
