"""An admin views the forum as others see it, and changes nothing meanwhile."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.members.roles import change_role
from forum.models import AccessLevel, Group, Role, ThreadRead
from forum.threads.actions import reply
from forum.threads.queries import find_thread
from tests.admin.conftest import Send
from tests.admin.pages import member, parsed
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_list, a_thread, an_entry
from tests.middleware.guests import Writing

GUESTS_ONLY, MEMBERS_ONLY, PLANNERS_ONLY = "Everybody talks", "Members talk", "Planners talk"
THREAD = "/threads/1-hello"


@pytest.fixture
def boards(planners: None, writing: Writing) -> None:
    """Three boards: for everybody, for members, and for Planners alone, with a thread in the first."""
    with writing():
        a_thread(by=member("olaf"), board=a_board(GUESTS_ONLY), title="Hello")
        for title, group_id in ((MEMBERS_ONLY, 2), (PLANNERS_ONLY, 5)):
            group = session.get_one(Group, group_id)
            a_list(a_board(title), an_entry(group, AccessLevel.START))


def titles(client: FlaskClient) -> set[str]:
    text = client.get("/").text
    return {title for title in (GUESTS_ONLY, MEMBERS_ONLY, PLANNERS_ONLY) if title in text}


@pytest.mark.parametrize(
    ("fields", "seen", "banner"),
    [
        ({}, {GUESTS_ONLY}, "Guests"),
        ({"group": 1}, {GUESTS_ONLY}, "Guests"),
        ({"group": 2}, {GUESTS_ONLY, MEMBERS_ONLY}, "Members"),
        ({"group": 3}, {GUESTS_ONLY, MEMBERS_ONLY}, "Moderators"),
        ({"group": 5}, {GUESTS_ONLY, MEMBERS_ONLY, PLANNERS_ONLY}, "Planners"),
        ({"member": "anna"}, {GUESTS_ONLY, MEMBERS_ONLY, PLANNERS_ONLY}, "Planners"),
        ({"member": "mona"}, {GUESTS_ONLY, MEMBERS_ONLY}, "Moderators"),
    ],
)
def test_an_admin_sees_what_the_chosen_group_or_member_sees_and_who_that_is(
    boards: None, client: FlaskClient, admin: Send, fields: dict[str, object], seen: set[str], banner: str
) -> None:
    assert admin("/admin/view-as", **fields).headers["Location"] == "/"
    assert titles(client) == seen
    shown = parsed(client.get("/")).select_one(".viewed-as")
    assert shown is not None
    assert f"as it is for {banner}." in shown.text
    assert client.get("/admin").status_code == (303 if banner == "Guests" else 403)
    stopped = client.post("/admin/view-as/stop", data={"csrf_token": token_in(client.get("/").text)})
    assert stopped.status_code == 303
    assert titles(client) == {GUESTS_ONLY, MEMBERS_ONLY, PLANNERS_ONLY}
    assert client.get("/admin").status_code == 200


def test_a_guests_view_is_the_page_that_guests_get(boards: None, app: Flask, client: FlaskClient, admin: Send) -> None:
    admin("/admin/view-as", group=1)
    viewed, guests = parsed(client.get(THREAD)), parsed(app.test_client().get(THREAD))
    for page in (viewed, guests):
        for varying in page.select(".viewed-as, [name=csrf_token], #viewers"):
            varying.decompose()
    assert viewed.select_one("header.top") == guests.select_one("header.top")
    assert viewed.select_one("main") == guests.select_one("main")


@pytest.mark.parametrize("group", [1, 2])
def test_nothing_is_changed_meanwhile(boards: None, client: FlaskClient, admin: Send, group: int) -> None:
    admin("/admin/view-as", group=group)
    token = token_in(client.get("/").text)
    writes = {
        f"{THREAD}/reply": {"body": "A reply"},
        "/login": {"username": "anna", "password": "nine purple crocodiles"},
        "/register": {"username": "nobody", "email": "n@example.org", "password": "nine purple crocodiles"},
        "/account": {"about": "changed"},
        "/admin/settings": {"name": "Changed"},
        "/drafts": {"place": "thread:1", "body": "A draft"},
    }
    answers = {path: client.post(path, data={"csrf_token": token, **typed}) for path, typed in writes.items()}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(writes, 403)
    assert "Stop that before you change anything" in answers["/login"].text
    api = client.post("/api/v1/threads/1/posts", json={"body": "A reply"}, headers={"X-CSRFToken": token})
    assert (api.status_code, api.mimetype) == (403, "application/problem+json")
    assert client.post(f"{THREAD}/viewers", data={"csrf_token": token}).status_code == 200
    assert "A reply" not in client.get(THREAD).text


def test_it_is_for_admins_alone_and_ends_when_they_are_no_longer_admins(
    boards: None, client: FlaskClient, admin: Send, app: Flask, writing: Writing
) -> None:
    admin("/admin/view-as", group=2)
    with writing():
        change_role(None, member("mona"), Role.ADMIN)
        change_role(None, member("olaf"), Role.MEMBER)
    assert parsed(client.get("/")).select_one(".viewed-as") is None
    anna = app.test_client()
    log_in(anna, "anna")
    token = token_in(anna.get("/").text)
    assert anna.post("/admin/view-as", data={"csrf_token": token, "group": "3"}).status_code == 403
    assert anna.post("/admin/view-as/stop", data={"csrf_token": token}).status_code == 303


def test_the_view_belongs_to_one_login_and_ends_with_it(
    boards: None, client: FlaskClient, admin: Send, app: Flask
) -> None:
    other = app.test_client()
    log_in(other, "olaf")
    admin("/admin/view-as", group=1)
    assert (titles(client), titles(other)) == ({GUESTS_ONLY}, {GUESTS_ONLY, MEMBERS_ONLY, PLANNERS_ONLY})
    assert client.post("/logout", data={"csrf_token": token_in(client.get("/").text)}).status_code == 303
    log_in(client, "olaf")
    assert titles(client) == {GUESTS_ONLY, MEMBERS_ONLY, PLANNERS_ONLY}


def test_logging_out_as_a_guest_ends_the_login_on_the_server(boards: None, client: FlaskClient, admin: Send) -> None:
    token = token_in(client.get("/account").text)
    cookie = client.get_cookie("forum_session")
    assert cookie is not None
    admin("/admin/view-as", group=1)
    assert client.post("/logout", data={"csrf_token": token}).status_code == 303
    client.set_cookie("forum_session", cookie.value)
    assert client.get("/account").headers["Location"].startswith("/login")


def test_what_others_see_is_not_marked_as_read(
    boards: None, app: Flask, client: FlaskClient, admin: Send, writing: Writing
) -> None:
    with writing():
        reply(member("anna"), find_thread(member("anna"), 1), body="New to olaf")
    admin("/admin/view-as", group=2)
    assert "New to olaf" in client.get(THREAD).text
    client.post(f"{THREAD}/viewers", data={"csrf_token": token_in(client.get("/").text), "read": "2"})
    position = select(ThreadRead.position).where(ThreadRead.member_id == 1)
    with app.app_context():
        assert session.scalars(position).all() == [1]
    client.post("/admin/view-as/stop", data={"csrf_token": token_in(client.get("/").text)})
    client.get(THREAD)
    with app.app_context():
        assert session.scalars(position).all() == [2]
