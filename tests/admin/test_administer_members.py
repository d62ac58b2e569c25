"""Admins find members, change roles and titles, log members out and help them to a new password."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session
from forum.members.credentials import api_tokens, sessions
from forum.models import GroupRight, LogEntry, Mail, Member, Right
from forum.site.actions import bump_version
from tests.admin.conftest import Send
from tests.conftest import log_in, token_in
from tests.factories import a_ban, a_member
from tests.middleware.guests import Writing

WRITES = ("role", "title", "log-out", "reset")
NEW = "an entirely new password 9"


def number_of(app: Flask, name: str) -> int:
    with app.app_context():
        return session.scalars(select(Member.id).where(Member.username == name)).one()


def names(client: FlaskClient, query: str) -> list[str]:
    page = BeautifulSoup(client.get(f"/admin/members{query}").text, "html.parser")
    return [link.text for link in page.select("main li.admin-row a.link")]


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("name", ["anna", "mona"])
def test_only_admins_see_accounts_and_change_them(app: Flask, client: FlaskClient, name: str) -> None:
    log_in(client, name)
    token, number = token_in(client.get("/account").text), number_of(app, "anna")
    for path in ("/admin/members", f"/admin/members/{number}"):
        assert client.get(path).status_code == 403
    for act in WRITES:
        answer = client.post(f"/admin/members/{number}/{act}", data={"csrf_token": token, "role": "admin"})
        assert answer.status_code == 403
    assert client.get("/api/v1/me").json["role"] == ("member" if name == "anna" else "moderator")  # type: ignore[index]


def test_members_are_found_by_name_address_and_state(client: FlaskClient, writing: Writing, admin: Send) -> None:
    with writing():
        a_ban(a_member("annabel", email="belle@example.org", email_key="belle@example.org"))
        a_member("waiting", joined_at=None, email="late@example.org", email_key="late@example.org")
    assert names(client, "?q=ann") == ["anna", "annabel"]
    assert names(client, "?q=ANNA") == ["anna", "annabel"]
    assert names(client, "?q=belle@example.org") == ["annabel"]
    assert names(client, "?q=late@example.org") == ["waiting"], "found though not confirmed"
    assert names(client, "?q=nobody") == []
    assert set(names(client, "?show=staff")) == {"mona", "olaf"}
    assert names(client, "?show=banned") == ["annabel"]
    assert names(client, "?q=ann&show=staff") == []
    assert client.get("/admin/members?page=9").status_code == 404


def test_members_are_found_by_group_state_day_messages_and_ip_address(
    client: FlaskClient, planners: None, writing: Writing, admin: Send
) -> None:
    with writing():
        a_member("waiting", joined_at=None, email="late@example.org", email_key="late@example.org")
        old = datetime(2020, 5, 12, tzinfo=UTC)
        busy = a_member("busy", joined_at=old, message_count=500)
        record("login", actor=busy)
        session.flush()
        session.execute(update(LogEntry).where(LogEntry.actor_id == busy.id).values(address="203.0.113.9"))
    for query, found in (
        ("?group=5", {"anna"}),
        ("?group=3", {"mona", "olaf"}),
        ("?show=waiting", {"waiting"}),
        ("?show=muted", set()),
        ("?show=closed", set()),
        ("?messages=500", {"busy"}),
        ("?joined_from=2020-05-12&joined_to=2020-05-12", {"busy"}),
        ("?joined_to=2020-05-11", set()),
        ("?address=203.0.113.9", {"busy"}),
        ("?address=203.0.113.8", set()),
        ("?q=an&group=5", {"anna"}),
    ):
        assert set(names(client, query)) == found, query
    assert "Enter the date as YYYY-MM-DD." in client.get("/admin/members?joined_from=may").text


def test_ip_addresses_are_searched_only_by_those_who_may_see_them(
    client: FlaskClient, planners: None, writing: Writing
) -> None:
    with writing():
        session.add(GroupRight(group_id=5, right=Right.MANAGE_MEMBERS, is_granted=True))
        bump_version()
    log_in(client, "anna")
    assert 'name="address"' not in client.get("/admin/members").text
    assert client.get("/admin/members?address=203.0.113.9").status_code == 403


def test_a_role_is_changed_and_the_last_admin_stays(app: Flask, client: FlaskClient, admin: Send) -> None:
    anna, olaf = number_of(app, "anna"), number_of(app, "olaf")
    assert admin(f"/admin/members/{anna}/role", role="moderator").status_code == 303
    assert "anna" in names(client, "?show=staff")
    refused = admin(f"/admin/members/{olaf}/role", role="member")
    assert refused.status_code == 403
    assert "The forum needs at least one admin." in refused.text
    assert admin(f"/admin/members/{anna}/role", role="emperor").status_code == 422


def test_a_title_of_their_own_is_shown_until_it_is_taken_away(app: Flask, client: FlaskClient, admin: Send) -> None:
    anna = number_of(app, "anna")
    assert admin(f"/admin/members/{anna}/title", custom_title=" Head  gardener ").status_code == 303
    assert "Head gardener" in client.get(f"/members/{anna}-anna").text
    assert "Use at most 60 characters." in admin(f"/admin/members/{anna}/title", custom_title="x" * 61).text
    admin(f"/admin/members/{anna}/title", custom_title="")
    assert "Head gardener" not in client.get(f"/members/{anna}-anna").text


def test_a_member_is_logged_out_everywhere(app: Flask, writing: Writing, admin: Send) -> None:
    other = app.test_client()
    log_in(other, "anna")
    with writing():
        anna = session.scalars(select(Member).where(Member.username == "anna")).one()
        api_tokens.make(anna, name="a program", scopes=["read"])
        number = anna.id
    admin(f"/admin/members/{number}/log-out")
    assert other.get("/account").status_code == 303
    with app.app_context():
        anna = session.get_one(Member, number)
        assert (sessions.of(anna), api_tokens.of(anna)) == ([], [])


def test_without_mail_the_link_for_a_new_password_is_shown_once(app: Flask, client: FlaskClient, admin: Send) -> None:
    number = number_of(app, "anna")
    answer = admin(f"/admin/members/{number}/reset")
    link = BeautifulSoup(answer.text, "html.parser").select_one("#reset-link")
    assert link is not None
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "#reset-link" not in client.get(f"/admin/members/{number}").text
    path, other = link.text.removeprefix("http://localhost"), app.test_client()
    form = token_in(other.get(path).text)
    assert other.post(path, data={"csrf_token": form, "new_password": NEW}).status_code == 303
    log_in(other, "anna", NEW)
    with app.app_context():
        told = session.scalars(select(Mail.body)).all()
    assert all("/reset/" not in body for body in told), "no mail tells the secret"


def test_an_admins_password_is_not_reset_by_another_admin(app: Flask, writing: Writing, admin: Send) -> None:
    with writing():
        number = a_member("otto", role="admin").id
    refused = admin(f"/admin/members/{number}/reset")
    assert refused.status_code == 403
    assert "Admins reset their own passwords" in refused.text
    assert "reset-link" not in refused.text


def test_the_password_is_asked_for_before_an_account_is_shown_or_changed(
    app: Flask, client: FlaskClient, admin: Send
) -> None:
    number = number_of(app, "anna")
    assert client.get(f"/admin/members/{number}").status_code == 200
    asked = f"/account/confirm?next=%2Fadmin%2Fmembers%2F{number}"
    with clock.frozen_at(clock.now() + timedelta(hours=2)):
        answer = client.get(f"/admin/members/{number}")
        assert (answer.status_code, answer.headers["Location"]) == (303, asked)
        assert admin(f"/admin/members/{number}/role", role="admin").headers["Location"] == asked
