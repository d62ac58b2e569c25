"""Where the settings say so, staff without two-factor authentication are ordinary members until they set it up."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.groups.explanations import explain
from forum.admin.groups.group_actions import groups_in_order
from forum.admin.groups.right_actions import set_rights
from forum.admin.rules import OPERATOR
from forum.infra import clock
from forum.infra.database.db import session
from forum.members.credentials import api_tokens
from forum.models import Board, LogEntry, Mail, Right, TwoFactor
from forum.permissions import lacks_two_factor
from forum.site.actions import set_value
from tests.admin.conftest import Send
from tests.admin.pages import member, seen_in
from tests.auth.codes import code, give_password, protect
from tests.auth.forms import send
from tests.conftest import log_in, token_in
from tests.factories import a_group, a_post, a_thread
from tests.middleware.guests import Writing

SET_UP = "/account/two-factor"


@pytest.fixture
def required(staff: None, writing: Writing) -> str:
    """The path of a thread with two posts by anna, in a forum whose staff must use it."""
    with writing():
        set_value("staff_two_factor", value=True)
        thread = a_thread(by=member("anna"), board=session.get_one(Board, 1))
        a_post(thread=thread, by=member("anna"))
        return thread.path


def settings_form(client: FlaskClient) -> dict[str, str]:
    given = {"name": "Forum", "language": "en", "edit_window_minutes": "60", "flood_seconds": "30"}
    return given | {"seen": seen_in(client, "/admin/settings")}


def test_an_admin_who_turns_it_on_must_use_it(app: Flask, client: FlaskClient, admin: Send, writing: Writing) -> None:
    refused = admin("/admin/settings", **settings_form(client), staff_two_factor="yes")
    assert refused.status_code == 422
    assert "Set up two-factor authentication for your own account first." in refused.text
    with writing():
        protect(member("olaf"))
    assert admin("/admin/settings", **settings_form(client), staff_two_factor="yes").status_code == 303
    assert client.get("/admin").status_code == 200
    with app.app_context():
        assert lacks_two_factor(member("mona"))
    assert admin("/admin/settings", **settings_form(client)).status_code == 303, "a form without it turns it off"
    with app.app_context():
        assert not lacks_two_factor(member("mona"))


@pytest.mark.parametrize(
    ("name", "path"),
    [("olaf", "/admin"), ("olaf", "/admin/settings"), ("olaf", "/moderation/log"), ("mona", "/moderation/log")],
)
def test_staff_are_sent_to_set_it_up_and_back(client: FlaskClient, required: str, name: str, path: str) -> None:
    log_in(client, name)
    sent = client.get(path)
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{SET_UP}?next={path}")
    page = client.get(sent.headers["Location"])
    assert "Moderators and admins of this forum must use two-factor authentication." in page.text
    send(client, f"{SET_UP}/begin", page=sent.headers["Location"], next=path)
    with client.application.app_context():
        secret = session.get_one(TwoFactor, member(name).id).secret
    codes = send(client, f"{SET_UP}/on", page=SET_UP, code=code(secret), next=path)
    assert f'href="{path}"' in codes.text
    assert client.get(path).status_code == 200


def test_without_it_they_read_and_write_as_members_and_are_told(client: FlaskClient, required: str) -> None:
    log_in(client, "mona")
    page = client.get(required)
    assert "To moderate and administer, you must use two-factor authentication." in page.text
    assert "/lock" not in page.text
    form = {"csrf_token": token_in(page.text)}
    assert client.post(f"{required}/reply", data=form | {"body": "A reply by mona"}).status_code == 303
    assert client.get("/posts/3/edit").status_code == 200, "her own post"
    for path in (f"{required}/lock", f"{required}/delete", "/posts/2/delete", "/posts/2/edit", "/members/3-anna/ban"):
        answer = client.post(path, data=form | {"body": "Changed", "reason": "x"})
        assert (answer.status_code, answer.headers.get("Location")) == (303, SET_UP), path
    assert client.get("/posts/2/edit").headers["Location"].startswith(SET_UP)
    assert "A reply by mona" in client.get(required).text


def test_a_right_of_administration_needs_it_and_moderating_a_board_by_its_list_does_not(
    client: FlaskClient, required: str, writing: Writing
) -> None:
    with writing():
        group = a_group("Editors", member("anna"))
        set_rights(OPERATOR, group, {Right.MANAGE_LISTS})
    log_in(client, "anna")
    assert client.get("/admin/smilies").headers["Location"].startswith(SET_UP)
    with writing():
        protect(member("anna"))
    assert client.get("/admin/smilies").status_code == 200


def test_programs_are_refused_too(app: Flask, client: FlaskClient, required: str, writing: Writing) -> None:
    with writing():
        set_value("staff_two_factor", value=False)
        token = api_tokens.make(member("olaf"), name="old", scopes=["read", "write", "moderate", "admin"])
        set_value("staff_two_factor", value=True)
    log_in(client, "olaf")
    by_login = {"X-CSRFToken": token_in(client.get("/account").text)}
    for headers, program in ((by_login, client), ({"Authorization": f"Bearer {token}"}, app.test_client())):
        for method, path in (("GET", "settings"), ("PATCH", "threads/1"), ("PATCH", "settings")):
            answer = program.open(
                f"/api/v1/{path}",
                method=method,
                json={"title": "A title by staff", "flood_seconds": 7},
                headers=headers,
            )
            assert answer.status_code == 403, (method, path)
            assert answer.json["type"].endswith("#two-factor-required")  # type: ignore[index]
        assert program.get("/api/v1/threads/1", headers=headers).status_code == 200
        written = program.post("/api/v1/threads/1/posts", json={"body": "As a member"}, headers=headers)
        assert written.status_code == 201
    with app.app_context():
        assert api_tokens.scopes_open_to(member("olaf")) == ("read", "write")
        assert api_tokens.scopes_open_to(member("mona")) == ("read", "write")


def test_the_explanation_says_what_is_missing(app: Flask, required: str) -> None:
    with app.app_context():
        groups = {group.id: group for group in groups_in_order()}
        explained = explain(member("mona"), session.get_one(Board, 1), groups).acts[-1]
    assert (explained.act, explained.is_allowed) == ("moderate", False)
    assert str(explained.because) == "They must set up two-factor authentication first."


def test_an_admin_turns_it_off_for_a_member_who_has_lost_everything(
    app: Flask, client: FlaskClient, admin: Send, writing: Writing
) -> None:
    with writing():
        secret, number = protect(member("anna")), member("anna").id
    waiting = app.test_client()
    give_password(waiting, "anna")
    page = client.get(f"/admin/members/{number}").text
    assert "Turn off two-factor authentication" in page
    assert secret not in page
    answer = admin(f"/admin/members/{number}/two-factor-off")
    assert answer.headers["Location"] == f"/admin/members/{number}"
    after = client.get(f"/admin/members/{number}").text
    assert "Two-factor authentication is turned off." in after
    assert "two-factor-off" not in after
    assert waiting.get("/login/code").status_code == 303, "what was begun with a code ends"
    log_in(app.test_client(), "anna")
    with app.app_context():
        entry = session.scalars(select(LogEntry).where(LogEntry.action == "turn-off-two-factor")).one()
        assert (entry.actor_id, entry.target) == (member("olaf").id, f"member:{number}")
        mail = session.scalars(select(Mail)).one()
        assert (mail.recipient, mail.subject) == (member("anna").email, "Two-factor authentication is off")


def test_who_manages_members_does_not_turn_it_off_for_staff(client: FlaskClient, staff: None, writing: Writing) -> None:
    with writing():
        set_rights(OPERATOR, a_group("Helpers", member("anna")), {Right.MANAGE_MEMBERS})
        protect(member("mona"))
        number = member("mona").id
    log_in(client, "anna")
    form = {"csrf_token": token_in(client.get("/account").text)}
    assert client.post(f"/admin/members/{number}/two-factor-off", data=form).status_code == 403
    with clock.frozen_at(clock.now() + timedelta(hours=2)):
        asked = client.post(f"/admin/members/{number}/two-factor-off", data=form).headers["Location"]
        assert asked == f"/account/confirm?next=%2Fadmin%2Fmembers%2F{number}"
    with client.application.app_context():
        assert member("mona").two_factor_at is not None
