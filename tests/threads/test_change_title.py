"""Titles are changed by a thread's starter within the edit window and by moderators: logged, indexed, redirected."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid
from forum.models import LogEntry, Member, Thread
from forum.moderation import tools
from forum.threads import actions
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_post, a_thread
from tests.middleware.guests import guest_get, wait_until_visible

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def paths(writing: Writing) -> tuple[str, str]:
    """The paths of a thread by anna and of its board."""
    with writing():
        anna, board = a_member("anna"), a_board("Space")
        a_member("ben")
        a_member("mona", role="moderator")
        thread = a_thread(by=anna, board=board, title="A zeppelin station")
        a_post(thread=thread)
        return thread.path, board.path


def send(client: FlaskClient, address: str, **fields: str):  # type: ignore[no-untyped-def]
    return client.post(address, data={"csrf_token": token_in(client.get("/account").text)} | fields)


def found(client: FlaskClient, words: str) -> str:
    return client.get("/search", query_string={"q": words}).text


def test_the_starter_changes_the_title_when_editing_the_first_post(
    app: Flask, client: FlaskClient, paths: tuple[str, str]
) -> None:
    log_in(client, "anna")
    form = client.get("/posts/1/edit").text
    assert 'name="title"' in form
    assert 'value="A zeppelin station"' in form
    answer = send(client, "/posts/1/edit", title="A  lunar station", body="Other first words")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/threads/1-a-lunar-station#post-1")
    page = client.get("/threads/1-a-lunar-station").text
    assert "A lunar station" in page
    assert "Other first words" in page
    for wrong in (paths[0], "/threads/1"):
        moved = client.get(wrong)
        assert (moved.status_code, moved.headers["Location"]) == (301, "/threads/1-a-lunar-station")
    with app.app_context():
        entry = session.scalars(select(LogEntry).where(LogEntry.action == "edit-title")).one()
        assert (entry.target, entry.details) == ("thread:1", {"was": "A zeppelin station", "title": "A lunar station"})


def test_search_finds_the_new_title_and_not_the_old(client: FlaskClient, paths: tuple[str, str]) -> None:
    log_in(client, "mona")
    assert send(client, f"{paths[0]}/title", title="A lunar station").status_code == 303
    assert "A <mark>lunar</mark> station" in found(client, "lunar")
    assert "station</a>" not in found(client, "zeppelin")


def test_guests_see_the_new_title_at_once_in_cached_pages(
    app: Flask, client: FlaskClient, paths: tuple[str, str]
) -> None:
    thread_path, board_path = paths
    for _ in range(2):
        assert "A zeppelin station" in guest_get(client, thread_path).text
        assert "A zeppelin station" in guest_get(client, board_path).text
    mona = app.test_client()
    log_in(mona, "mona")
    assert send(mona, f"{thread_path}/title", title="A lunar station").status_code == 303
    wait_until_visible(app)
    assert "A lunar station" in guest_get(client, board_path).text
    assert guest_get(client, thread_path).headers["Location"] == "/threads/1-a-lunar-station"
    assert "zeppelin" not in guest_get(client, board_path).text


def test_a_title_that_is_too_short_keeps_title_and_text(client: FlaskClient, paths: tuple[str, str]) -> None:
    log_in(client, "anna")
    answer = send(client, "/posts/1/edit", title="abc", body="Other first words")
    assert answer.status_code == 422
    assert 'value="abc"' in answer.text
    assert "Other first words" in answer.text
    assert send(client, f"{paths[0]}/title", title="abc").status_code == 422
    assert "A zeppelin station" in client.get(paths[0]).text


def test_other_members_see_no_title_field_and_are_refused(client: FlaskClient, paths: tuple[str, str]) -> None:
    log_in(client, "ben")
    assert client.get(f"{paths[0]}/title").status_code == 403
    assert send(client, f"{paths[0]}/title", title="A lunar station").status_code == 403


def test_replies_have_no_title(client: FlaskClient, paths: tuple[str, str]) -> None:
    log_in(client, "mona")
    assert 'name="title"' not in client.get("/posts/2/edit").text
    assert send(client, "/posts/2/edit", title="A lunar station", body="Words").status_code == 303
    assert "A zeppelin station" in client.get(paths[0]).text


def test_authors_may_within_the_edit_window_and_while_the_thread_is_unlocked(app_in_context: Flask) -> None:
    anna, mona = a_member(), a_member(role="moderator")
    thread = a_thread(by=anna)
    with clock.frozen_at(clock.now() + timedelta(minutes=61)):
        with pytest.raises(Forbidden, match="too late"):
            actions.change_title(anna, thread, title="Another title")
        actions.change_title(mona, thread, title="A moderator's title")
    assert thread.title == "A moderator's title"
    tools.lock(mona, thread)
    with pytest.raises(Forbidden, match="locked"):
        actions.change_title(anna, thread, title="Another title")


@pytest.mark.parametrize("title", ["", "abc", "x" * 151])
def test_a_new_title_must_meet_the_rules_for_titles(app_in_context: Flask, title: str) -> None:
    anna: Member = a_member()
    thread: Thread = a_thread(by=anna)
    with pytest.raises(Invalid):
        actions.change_title(anna, thread, title=title)
