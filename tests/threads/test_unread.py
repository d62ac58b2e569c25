"""A thread is read when all its visible posts are, on every page; for new members older threads count as read."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.members import email_addresses
from forum.members.credentials import mail_tokens
from forum.members.signup import registration
from forum.models import Member, Post, Purpose, Thread
from forum.threads import actions
from forum.threads.queries import find_post, find_thread
from tests.admin.pages import parsed
from tests.conftest import log_in, token_in
from tests.factories import PASSWORD, a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]
UNREAD = 'class="row thread-row unread'
UNREAD_BOARD = 'class="row board-row unread'


@pytest.fixture
def path(writing: Writing) -> str:
    """A thread of 20 posts, a full page, by anna and ben; mona is a moderator."""
    with writing():
        a_member("mona", role="moderator")
        anna, ben = a_member("anna"), a_member("ben")
        thread = a_thread(by=anna, board=a_board("Talk"), title="Where the moon is")
        for _ in range(19):
            a_post(thread=thread, by=ben)
        return thread.path


def member_named(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


def the_thread() -> Thread:
    return find_thread(member_named("mona"), 1)


def at(position: int) -> Post:
    return find_post(member_named("mona"), session.query(Post.id).filter_by(position=position).scalar() or 0)


def delete(position: int) -> None:
    actions.delete_post(member_named("mona"), at(position))


def is_unread(client: FlaskClient) -> set[str]:
    """The places that show the thread as unread."""
    index = client.get("/").text
    board = next(part for part in index.split('"') if part.startswith("/boards/"))
    rows = {"board": board, "what's new": "/whats-new"}
    found = {name for name, address in rows.items() if UNREAD in client.get(address).text}
    if UNREAD_BOARD in index:
        found.add("index")
    listed = client.get("/api/v1/threads?unread=true").json
    assert listed is not None
    return found | ({"api"} if listed["items"] else set())


def test_a_thread_whose_newest_post_was_deleted_unseen_is_read(
    client: FlaskClient, path: str, writing: Writing
) -> None:
    log_in(client, "anna")
    client.get(path)
    assert is_unread(client) == set()
    with writing():
        a_post(thread=the_thread(), by=member_named("ben"))
    assert is_unread(client) == {"index", "board", "what's new", "api"}
    with writing():
        delete(21)
    assert is_unread(client) == set()
    with writing():
        actions.undelete_post(member_named("mona"), at(21))
    assert is_unread(client) >= {"index", "api"}


def test_a_page_without_visible_posts_exists_only_for_moderators(
    app: Flask, client: FlaskClient, path: str, writing: Writing
) -> None:
    with writing():
        a_post(thread=the_thread(), by=member_named("ben"))
        delete(21)
    log_in(client, "anna")
    for visitor in (client, app.test_client()):
        page = visitor.get(path)
        assert "page=2" not in page.text
        assert visitor.get(f"{path}?page=2").status_code == 404
        assert visitor.get("/api/v1/threads/1/posts?page=2").status_code == 404
        posts = visitor.get("/api/v1/threads/1/posts").json
        assert posts is not None
        assert posts["page"]["total"] == 20
    mona = app.test_client()
    log_in(mona, "mona")
    assert "page=2" in mona.get(path).text
    assert mona.get(f"{path}?page=2").status_code == 200


def test_a_middle_page_whose_posts_are_all_deleted_redirects_to_the_nearest_visible_post(
    client: FlaskClient, path: str, writing: Writing
) -> None:
    with writing():
        for _ in range(25):
            a_post(thread=the_thread(), by=member_named("ben"))
        for position in range(21, 41):
            delete(position)
    answer = client.get(f"{path}?page=2")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{path}?page=3#post-41")
    assert client.get(f"{path}?page=3").status_code == 200


def test_ones_own_reply_after_a_deleted_one_is_not_marked_as_new(
    client: FlaskClient, path: str, writing: Writing
) -> None:
    log_in(client, "anna")
    client.get(path)
    with writing():
        a_post(thread=the_thread(), by=member_named("ben"))
        delete(21)
    token = token_in(client.get(path).text)
    answer = client.post(f"{path}/reply", data={"body": "My own words", "csrf_token": token})
    assert answer.status_code == 303
    assert is_unread(client) == set()
    assert parsed(client.get(f"{path}?page=2")).select(".post .mark-new") == []


def test_the_permalink_of_a_deleted_post_leads_to_its_position(
    app: Flask, client: FlaskClient, path: str, writing: Writing
) -> None:
    with writing():
        ids = {position: at(position).id for position in (7, 20)}
        delete(7)
        delete(20)
    for position, number in ids.items():
        answer = client.get(f"/posts/{number}")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{path}?deleted={position}#post-{position}")
        page = client.get(answer.headers["Location"]).text
        assert f'id="post-{position}" role="status">Post #{position} was deleted.' in page
        assert page.index(f'id="post-{position - 1}"') < page.index(f'id="post-{position}"')
    assert page.count('class="gone"') == 1
    for nonsense in ("3", "999", "x", "-7", "7" * 400):
        assert 'class="gone"' not in client.get(f"{path}?deleted={nonsense}").text
    assert "was deleted" not in client.get(path).text
    assert client.get("/posts/999999").status_code == 404


def test_the_permalink_of_a_deleted_post_reveals_nothing_of_a_hidden_thread(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    with writing():
        olaf = a_member("olaf", role="admin")
        thread = a_thread(by=olaf, board=a_board("Hidden", audience="admin"), title="Zanzibar")
        number = a_post(thread=thread, by=olaf).id
        actions.delete_post(olaf, find_post(olaf, number))
    answer = client.get(f"/posts/{number}")
    assert answer.status_code == 404
    assert "zanzibar" not in answer.text.lower()


@pytest.mark.parametrize("way", ["register", "confirm", "enrol"])
def test_older_posts_are_not_unread_for_a_new_member(
    app: Flask, client: FlaskClient, path: str, writing: Writing, way: str
) -> None:
    with writing():
        if way == "enrol":
            registration.create_by_operator(username="Newcomer", email="new@example.org", password=PASSWORD)
    if way == "register":
        form = token_in(client.get("/register").text)
        fields = {"username": "Newcomer", "email": "new@example.org", "password": PASSWORD, "csrf_token": form}
        assert client.post("/register", data=fields).status_code == 303
    if way == "confirm":
        with writing():
            member = a_member("Newcomer", joined_at=None, email="new@example.org", email_key="new@example.org")
            secret = mail_tokens.issue(Purpose.VERIFY, member=member, email="new@example.org", hours=1)
        with writing():
            email_addresses.confirm_email(secret)
    if way != "register":
        log_in(client, "Newcomer")
    assert is_unread(client) == set()
    with writing():
        a_post(thread=the_thread(), by=member_named("ben"))
    assert is_unread(client) >= {"index", "board", "api"}
