"""A reply that was written without having seen the latest posts."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from forum.threads.actions import delete_post
from forum.threads.queries import find_thread
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def thread_id(writing: Writing) -> int:
    with writing():
        a_member("ben")
        return a_thread(by=a_member("anna"), board=a_board("Talk"), title="Where the moon is").id


def said_after_replying(client: FlaskClient, page: str, path: str) -> tuple[str, set[str]]:
    """What the page after a reply says about others' posts, and which posts it marks as new."""
    form = BeautifulSoup(page, "html.parser").select_one('form[action$="/reply"] input[name=seen]')
    assert form is not None
    fields = {"csrf_token": token_in(page), "body": "Written over it", "seen": str(form["value"])}
    found = BeautifulSoup(client.post(f"{path}/reply", data=fields, follow_redirects=True).text, "html.parser")
    toast = found.select_one(".toast p")
    return toast.text if toast else "", {str(post["id"]) for post in found.select(".post:has(.mark-new)")}


def test_it_says_how_many_posts_by_others_are_new_and_marks_only_those(
    client: FlaskClient, writing: Writing, thread_id: int
) -> None:
    with writing():
        path = find_thread(None, thread_id).path
    log_in(client, "ben")
    page = client.get(path).text
    with writing():
        thread, cleo, mona = find_thread(None, thread_id), a_member("cleo"), a_member("mona", role="moderator")
        a_post(thread=thread, by=cleo)
        delete_post(mona, a_post(thread=thread, by=cleo))
        a_post(thread=thread, by=cleo)
    said, new = said_after_replying(client, page, path)
    assert said == "2 unread replies were posted before yours."
    assert new == {"post-2", "post-4"}


def test_it_says_nothing_when_all_was_seen(client: FlaskClient, writing: Writing, thread_id: int) -> None:
    with writing():
        path = find_thread(None, thread_id).path
    log_in(client, "ben")
    assert said_after_replying(client, client.get(path).text, path) == ("", set())
