"""Regression tests for problems found in reviews."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Member, Post, Thread
from forum.moderation import tools
from forum.threads import actions
from forum.threads.queries import find_post, find_thread
from forum.web.template_globals import ago
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def path(writing: Writing) -> str:
    """Anna's thread with a reply by her."""
    with writing():
        a_member("mona", role="moderator")
        anna = a_member("anna")
        thread = a_thread(by=anna, board=a_board("Talk"), title="Where the moon is", body="First words")
        a_post(thread=thread, by=anna, body="Second words")
        return thread.path


def send(client: FlaskClient, address: str, **fields: str):  # type: ignore[no-untyped-def]
    return client.post(address, data={"csrf_token": token_in(client.get("/account").text)} | fields)


def mona() -> Member:
    return session.query(Member).filter_by(username="mona").one()


def test_a_members_threads_are_shown(client: FlaskClient, path: str) -> None:
    member = client.get("/members").text.split("/members/")
    own = next(f"/members/{each.split(chr(34))[0]}" for each in member if "anna" in each.split(chr(34))[0])
    page = client.get(f"{own}?tab=threads")
    assert page.status_code == 200
    assert path in page.text


def test_a_conflicting_edit_can_be_saved_from_the_page_that_reports_the_conflict(
    client: FlaskClient, path: str, writing: Writing
) -> None:
    log_in(client, "anna")
    assert 'name="seen_revision" value="0"' in client.get("/posts/2/edit").text
    with writing():
        actions.edit_post(mona(), find_post(mona(), 2), body="What mona made of it")
    refused = send(client, "/posts/2/edit", body="What anna makes of it", seen_revision="0")
    assert refused.status_code == 409
    assert "What anna makes of it" in refused.text
    assert "What mona made of it" in refused.text
    assert 'name="seen_revision" value="1"' in refused.text
    saved = send(client, "/posts/2/edit", body="What anna makes of it", seen_revision="1")
    assert saved.status_code == 303
    assert "What anna makes of it" in client.get(path).text


def test_a_reply_typed_while_the_thread_was_locked_is_kept(client: FlaskClient, path: str, writing: Writing) -> None:
    log_in(client, "anna")
    with writing():
        tools.lock(mona(), find_thread(mona(), 1))
    refused = send(client, f"{path}/reply", body="A long and careful text")
    assert refused.status_code == 403
    assert "A long and careful text" in refused.text


@pytest.mark.slow
def test_a_long_history_is_shown_page_by_page(client: FlaskClient, path: str, writing: Writing) -> None:
    lines = [f"line {number} of a list" for number in range(300)]
    with writing():
        post = find_post(mona(), 2)
        for number in range(25):
            lines[number * 10] = f"changed in edit {number}"
            actions.edit_post(mona(), post, body="\n".join(lines))
    log_in(client, "mona")
    first, last = client.get("/posts/2/history"), client.get("/posts/2/history?page=3")
    assert len(first.data) < 60_000
    assert first.text.count("section-title") == 10
    assert last.text.count("section-title") == 5
    assert "changed in edit 24" in first.text
    assert "changed in edit 14" in client.get("/posts/2/history?page=2").text
    assert "Second words" in last.text
    assert client.get("/posts/2/history?page=4").status_code == 404


@pytest.mark.parametrize(
    "title", ["\u200b" * 6, "\u3164" * 6, "\u2800" * 6, "\u00ad" * 6, "\u034f" * 6, "a\u200b\u200b\u200bb"]
)
def test_an_invisible_title_is_refused(client: FlaskClient, path: str, title: str) -> None:
    log_in(client, "anna")
    board = client.get(path).text.split('"/boards/')[1].split('"')[0]
    address = f"/boards/{board}/post-thread"
    assert send(client, address, title=title, body="A body to be seen").status_code == 422
    assert send(client, address, title="A title to be seen", body="\u200b\u3164\u200b").status_code == 422
    assert send(client, address, title="Ze\u0301ro \u6771\u4eac", body="\u6771").status_code == 303


def test_a_title_cannot_stack_accents(client: FlaskClient, path: str, app: Flask) -> None:
    log_in(client, "anna")
    board = client.get(path).text.split('"/boards/')[1].split('"')[0]
    assert (
        send(client, f"/boards/{board}/post-thread", title="Zalgo" + "\u0301" * 100, body="A body").status_code == 303
    )
    with app.app_context():
        title = session.query(Thread.title).order_by(Thread.id.desc()).limit(1).scalar()
        assert title.count("\u0301") <= 3


def test_ones_own_posts_count_as_read(client: FlaskClient, path: str, app: Flask) -> None:
    log_in(client, "anna")
    client.get(path)
    for number in range(22):
        assert send(client, f"{path}/reply", body=f"Reply number {number}").status_code == 303
    with app.app_context():
        assert session.query(Post).count() == 24
    assert client.get(f"{path}/unread").headers["Location"].endswith("#post-24")
    assert "unread" not in client.get("/whats-new?filter=unread").text.split("<main")[1].split("rows threads")[-1][:200]


def test_a_member_logs_out_everywhere(app: Flask, client: FlaskClient, path: str) -> None:
    log_in(client, "anna")
    other = app.test_client()
    log_in(other, "anna")
    answer = send(client, "/account/sessions/end-all")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    for each in (client, other):
        assert each.get("/account").status_code in {302, 303, 401}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-2, "just now"), (0, "just now"), (31, "1 minute ago"), (95, "2 minutes ago"), (7200, "2 hours ago")],
)
def test_a_moment_just_now_is_never_shown_as_future(app: Flask, seconds: int, words: str) -> None:
    with app.test_request_context("/"), clock.frozen_at(datetime(2026, 11, 23, 12, tzinfo=UTC)):
        assert ago(clock.now() - timedelta(seconds=seconds)) == words


def test_a_value_that_no_database_can_store_is_refused(client: FlaskClient, path: str) -> None:
    log_in(client, "anna")
    for address in ("/drafts?place=%00", "/suggest/members?q=%00", "/search?q=%00", "/members?sort=%00"):
        assert client.get(address).status_code < 500
