"""A board is never visible to more visitors than its parent, however deeply nested, in every interface."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.archive.export import export
from forum.archive.load import load
from tests.archive.forums import empty_forum
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread

pytestmark = pytest.mark.slow

Writing = Callable[[], AbstractContextManager[None]]
SECRET = "Zanzibar"


@pytest.fixture
def nested(writing: Writing) -> dict[str, str]:
    """The paths of an open thread, and of a thread in an open board two levels below a hidden one."""
    with writing():
        staff, anna = a_member("olaf", role="admin"), a_member("anna")
        hidden = a_board("Secret headquarters", audience="moderator", is_category=True)
        middle = a_board("Middle room", parent_id=hidden.id)
        inner = a_board(f"{SECRET} board", parent_id=middle.id)
        secret = a_thread(by=staff, board=inner, title=f"{SECRET} plans", body=f"{SECRET} words about the moon")
        post = a_post(thread=secret, by=staff, body=f"{SECRET} once more, with @anna")
        open_thread = a_thread(by=anna, board=a_board("Talk"), title="Plans for the moon", body="Words about the moon")
        return {
            "thread": secret.path,
            "post": f"/posts/{post.id}",
            "board": inner.path,
            "middle": middle.path,
            "open": open_thread.path,
            "api board": f"/api/v1/boards/{inner.id}",
            "api threads": f"/api/v1/boards/{inner.id}/threads",
            "api thread": f"/api/v1/threads/{secret.id}",
            "api posts": f"/api/v1/threads/{secret.id}/posts",
            "api post": f"/api/v1/posts/{post.id}",
            "api open": f"/api/v1/threads/{open_thread.id}/similar",
        }


def test_content_below_a_hidden_board_is_in_no_output(app: Flask, client: FlaskClient, nested: dict[str, str]) -> None:
    log_in(client, "anna")
    lists = (
        "/",
        "/whats-new",
        "/feed.atom",
        "/sitemap.xml",
        "/members/1-olaf",
        "/members",
        "/notifications",
        nested["open"],
    )
    found = ("/search?q=moon", "/suggest/threads?title=Plans+for+the+moon", nested["api open"])
    programs = ("/api/v1/boards", "/api/v1/threads", "/api/v1/whats-new", "/api/v1/search?q=moon", "/api/v1/members/1")
    for visitor in (app.test_client(), client):
        for name in (
            "thread",
            "post",
            "board",
            "middle",
            "api board",
            "api threads",
            "api thread",
            "api posts",
            "api post",
        ):
            assert visitor.get(nested[name]).status_code == 404, name
        for feed in (f"{nested['thread']}/feed.atom", f"{nested['board']}/feed.atom"):
            assert visitor.get(feed).status_code == 404, feed
        for address in (*lists, *found, *programs):
            text = visitor.get(address).text
            for word in (SECRET, "Secret headquarters", "Middle room"):
                assert word not in text, (address, word)


def test_counts_of_the_forum_and_of_its_author_leave_it_out(app: Flask, nested: dict[str, str]) -> None:
    guest = app.test_client()
    boards = {each["title"]: each for each in guest.get("/api/v1/boards").json["items"]}  # type: ignore[index]
    assert set(boards) == {"Talk"}
    assert boards["Talk"]["thread_count"] == 1
    block = guest.get("/").text.partition("Forum statistics")[2].partition("</dl>")[0]
    counts = dict(re.findall(r"<dt>(\w+)</dt><dd>(\d+)</dd>", block))
    assert (counts["Threads"], counts["Messages"]) == ("1", "1")


def test_whoever_sees_the_hidden_board_sees_its_content(client: FlaskClient, nested: dict[str, str]) -> None:
    log_in(client, "olaf")
    page = client.get(nested["thread"])
    assert page.status_code == 200
    assert "Secret headquarters" in page.text
    assert SECRET in client.get("/search?q=moon").text


def test_an_archive_with_an_open_board_in_a_hidden_one_round_trips(
    app: Flask, nested: dict[str, str], tmp_path: Path
) -> None:
    with app.app_context():
        export(tmp_path / "archive")
    with empty_forum(tmp_path / "other") as other:
        load(tmp_path / "archive")
        assert other.test_client().get(nested["thread"]).status_code == 404
        export(tmp_path / "again")
    assert (tmp_path / "again" / "boards.jsonl").read_text() == (tmp_path / "archive" / "boards.jsonl").read_text()
