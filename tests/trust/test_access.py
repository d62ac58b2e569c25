"""Who may do and see what, over HTTP."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.settings import Settings
from forum.models import Member, Thread
from forum.moderation import tools
from forum.threads.queries import find_thread
from tests.conftest import log_in, token_in
from tests.factories import a_ban
from tests.trust.crawl import Scene, a_scene, addresses, rows

ACTS = ("pin", "unpin", "lock", "unlock", "delete", "undelete", "move")


@pytest.fixture
def scene(writing) -> Scene:  # type: ignore[no-untyped-def]
    with writing():
        return a_scene()


@pytest.mark.parametrize("act", ACTS)
def test_members_cannot_moderate(client: FlaskClient, settings: Settings, scene: Scene, act: str) -> None:
    log_in(client, "ben")
    token = token_in(client.get(scene.thread_path).text)
    before = rows(settings.data / "forum.sqlite3", without=("member_session", "thread_read"))
    answer = client.post(f"{scene.thread_path}/{act}", data={"csrf_token": token, "board": "1"})
    assert answer.status_code == 403
    assert rows(settings.data / "forum.sqlite3", without=("member_session", "thread_read")) == before


@pytest.mark.parametrize("act", ACTS)
def test_a_moderator_has_no_tools_for_boards_hidden_from_them(client: FlaskClient, scene: Scene, act: str) -> None:
    log_in(client, "mona")
    token = token_in(client.get(scene.thread_path).text)
    answer = client.post(f"{scene.hidden_thread_path}/{act}", data={"csrf_token": token, "board": "1"})
    assert answer.status_code == 404


def test_the_log_is_for_staff(app: Flask, client: FlaskClient, scene: Scene) -> None:
    assert client.get("/moderation/log").status_code == 303
    log_in(client, "ben")
    assert client.get("/moderation/log").status_code == 403
    staff = app.test_client()
    log_in(staff, "mona")
    assert staff.get("/moderation/log").status_code == 200
    with clock.frozen_at(clock.now() + timedelta(minutes=61)):
        location = staff.get("/moderation/log").headers["Location"]
        assert location == "/account/confirm?next=%2Fmoderation%2Flog"
        assert client.get("/moderation/log").status_code == 403


def test_nobody_edits_or_deletes_another_members_post(client: FlaskClient, scene: Scene) -> None:
    log_in(client, "ben")
    token = token_in(client.get(scene.thread_path).text)
    post = f"/posts/{scene.values['post_id']}"
    assert client.get(f"{post}/edit").status_code == 403
    for act in ("edit", "delete", "undelete"):
        assert client.post(f"{post}/{act}", data={"csrf_token": token, "body": "mine now"}).status_code == 403, act
    assert "Words of anna" in client.get(scene.thread_path).text


@pytest.mark.slow
def test_hidden_content_is_nowhere(app: Flask, client: FlaskClient, scene: Scene) -> None:
    log_in(client, "anna")
    for visitor in (client, app.test_client()):
        for _, address in addresses(app, scene, ("GET",)):
            assert scene.hidden_title.encode() not in visitor.get(address).data, address
        for address in (f"/search?q={scene.hidden_title.split()[0]}", "/whats-new", "/feed.atom", "/sitemap.xml"):
            found = visitor.get(address).text
            assert scene.hidden_title not in found.replace("Zanzibar&#34;", ""), address
        for page in ("", "/latest", "/unread", "/feed.atom"):
            assert visitor.get(scene.hidden_thread_path + page).status_code == 404, page


def test_a_deleted_thread_is_gone_for_members(client: FlaskClient, writing, scene: Scene) -> None:  # type: ignore[no-untyped-def]
    with writing():
        mona = session.query(Member).filter_by(username="mona").one()
        tools.delete_thread(mona, find_thread(mona, int(str(scene.values["thread_id"]))))
    for address in (scene.thread_path, f"/posts/{scene.values['post_id']}"):
        assert client.get(address).status_code == 404
    for address in ("/", "/whats-new", "/feed.atom", "/members/1-anna", "/search?q=thread"):
        assert "A thread to read" not in client.get(address).text, address


def test_fields_that_the_form_does_not_have_change_nothing(client: FlaskClient, writing, scene: Scene) -> None:  # type: ignore[no-untyped-def]
    log_in(client, "ben")
    token = token_in(client.get(scene.thread_path).text)
    more = {"is_admin": "1", "role": "admin", "author_id": "1", "created_at": "2001-01-01", "position": "1", "id": "1"}
    answer = client.post(f"{scene.thread_path}/reply", data={"csrf_token": token, "body": "An honest reply"} | more)
    assert answer.status_code == 303
    with writing():
        ben = session.query(Member).filter_by(username="ben").one()
        assert ben.role == "member"
        thread = session.get_one(Thread, scene.values["thread_id"])
        assert (thread.last_poster_id, thread.last_position) == (ben.id, 3)


def test_rights_are_read_at_each_request(client: FlaskClient, writing, scene: Scene) -> None:  # type: ignore[no-untyped-def]
    log_in(client, "mona")
    token = token_in(client.get(scene.thread_path).text)
    assert client.post(f"{scene.thread_path}/lock", data={"csrf_token": token}).status_code == 303
    with writing():
        session.query(Member).filter_by(username="mona").one().role = "member"
    assert client.post(f"{scene.thread_path}/unlock", data={"csrf_token": token}).status_code == 403


def test_a_banned_member_is_logged_out_at_the_next_request(client: FlaskClient, writing, scene: Scene) -> None:  # type: ignore[no-untyped-def]
    log_in(client, "ben")
    token = token_in(client.get(scene.thread_path).text)
    with writing():
        a_ban(session.query(Member).filter_by(username="ben").one())
    assert client.post(f"{scene.thread_path}/reply", data={"csrf_token": token, "body": "still here"}).status_code in {
        401,
        403,
    }
    assert "You must log in or register to reply here." in client.get(scene.thread_path).text


def test_no_page_shows_another_members_e_mail_or_hash(app: Flask, client: FlaskClient, scene: Scene) -> None:
    log_in(client, "ben")
    with app.app_context():
        own = str(session.scalars(select(Member.email).where(Member.username == "ben")).one()).encode()
    for _, address in addresses(app, scene, ("GET",)):
        body = client.get(address).data
        assert b"$argon2id$" not in body, address
        if not address.startswith("/account"):
            others = body.replace(own, b"") if address == "/contact/illegal-content" else body
            assert b"@example.org" not in others, address
