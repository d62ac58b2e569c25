"""Notifications are seen when their list is opened, read when their post is visited, and counted only if visible."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.models import Board, Member, Notification, Post
from forum.moderation import tools
from forum.reactions.actions import react, withdraw_reaction
from forum.site.actions import bump_version
from forum.threads import actions
from forum.threads.queries import find_post, find_thread
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def path(writing: Writing) -> str:
    """A thread by anna with two replies by ben that mention her."""
    with writing():
        a_member("mona", role="moderator")
        thread = a_thread(by=a_member("anna"), board=a_board("Talk"), title="Where the moon is")
        ben = a_member("ben")
        for number in (1, 2):
            a_post(thread=thread, by=ben, body=f"Number {number}, @anna")
        return thread.path


def member_named(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


def post(position: int) -> Post:
    return find_post(
        member_named("mona"), session.query(Post.id).filter_by(position=position, thread_id=1).scalar() or 0
    )


def badge(client: FlaskClient) -> int:
    """The number on the bell, which the API also returns."""
    me = client.get("/api/v1/me").json
    assert me is not None
    page = client.get("/members").text
    shown = page.split('class="badge" aria-hidden="true">')[1].split("<")[0] if 'class="badge"' in page else "0"
    assert int(shown) == me["unseen_notifications"]
    return int(shown)


def test_opening_the_list_marks_notifications_as_seen_and_they_stay_unread(client: FlaskClient, path: str) -> None:
    log_in(client, "anna")
    assert badge(client) == 2
    page = client.get("/notifications")
    assert page.text.count("notification-row unread") == 2
    assert 'class="badge"' not in page.text
    assert badge(client) == 0
    assert client.get("/notifications").text.count("notification-row unread") == 2


def test_visiting_a_post_marks_what_it_told_as_read(app: Flask, client: FlaskClient, path: str) -> None:
    log_in(client, "anna")
    client.get(path)
    assert badge(client) == 0
    assert "notification-row unread" not in client.get("/notifications").text
    with app.app_context():
        assert session.query(Notification).filter(Notification.read_at.is_(None)).count() == 0


def test_only_what_is_on_the_visited_page_is_read(app: Flask, client: FlaskClient, path: str, writing: Writing) -> None:
    with writing():
        thread = find_thread(member_named("mona"), 1)
        for number in range(20):
            a_post(thread=thread, by=member_named("ben"), body=f"Number {number}, @anna")
    log_in(client, "anna")
    assert badge(client) == 22
    client.get(path)
    assert badge(client) == 3
    client.get(f"{path}?page=2")
    assert badge(client) == 0


@pytest.mark.parametrize("hide", ["delete post", "delete thread", "hide board"])
def test_what_becomes_invisible_does_not_count_and_can_return(
    client: FlaskClient, path: str, writing: Writing, hide: str
) -> None:
    def hidden(is_hidden: bool) -> None:
        mona = member_named("mona")
        if hide == "delete post":
            (actions.delete_post if is_hidden else actions.undelete_post)(mona, post(2))
        elif hide == "delete thread":
            (tools.delete_thread if is_hidden else tools.undelete_thread)(mona, find_thread(mona, 1))
        else:
            session.query(Board).update({"has_access_list": is_hidden})  # an empty list: nobody but admins and staff
            bump_version()

    log_in(client, "anna")
    with writing():
        hidden(True)
    left = 0 if hide == "hide board" else 1  # that of the thread's deletion, or of the other post
    assert badge(client) == left
    with writing():
        hidden(False)
    assert badge(client) == 2
    with writing():
        hidden(True)
    assert client.get("/notifications").text.count("notification-row") == left


def test_removing_a_reaction_takes_back_that_it_was_told(client: FlaskClient, path: str, writing: Writing) -> None:
    log_in(client, "anna")
    client.get("/notifications")
    with writing():
        react(member_named("ben"), post(1), kind="like")
    assert badge(client) == 1
    with writing():
        withdraw_reaction(member_named("ben"), post(1))
    assert badge(client) == 0
    with writing():
        react(member_named("ben"), post(1), kind="like")
    client.get("/notifications")
    with writing():
        withdraw_reaction(member_named("ben"), post(1))
    assert badge(client) == 0


def test_a_prefetched_page_marks_nothing_as_read(client: FlaskClient, path: str) -> None:
    log_in(client, "anna")
    client.get(path, headers={"Sec-Purpose": "prefetch;prerender"})
    assert badge(client) == 2


def test_a_prefetch_of_the_list_is_refused_so_that_the_browser_requests_them_again(
    client: FlaskClient, path: str
) -> None:
    """A prefetched page is shown without another request, so nothing would mark them as seen."""
    log_in(client, "anna")
    answer = client.get("/notifications", headers={"Sec-Purpose": "prefetch"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert badge(client) == 2
    assert client.get("/notifications").status_code == 200
    assert badge(client) == 0
