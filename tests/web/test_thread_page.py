"""What the thread page shows around its posts, and how large it is."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from forum.infra import clock
from forum.models import AccessLevel
from forum.reactions.actions import react
from forum.threads.read_marks import mark_read
from tests.conftest import log_in
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, an_entry

Writing = Callable[[], AbstractContextManager[None]]
HEAVIEST = 45_000  # bytes of a thread page with 20 posts, uncompressed
SENTENCE = "Thirty words or so are what a member writes in a post when they answer somebody who has asked something. "


def headings(html: str) -> list[str]:
    return [re.sub("<[^>]+>", "", found).strip() for found in re.findall(r"<h2[^>]*>(.*?)</h2>", html, re.DOTALL)]


def test_an_edited_post_says_how_long_ago_it_was_edited(client: FlaskClient, writing: Writing) -> None:
    with writing():
        thread = a_thread()
        a_post(thread=thread).edited_at = clock.now() - timedelta(minutes=1)
        path = thread.path
    marks = [mark.get_text() for mark in BeautifulSoup(client.get(path).text, "html.parser").select(".edited")]
    assert marks == ["edited 1 minute ago"]


def test_the_sidebar_of_a_thread_has_the_latest_posts_above_the_block_of_each_board(
    client: FlaskClient, writing: Writing
) -> None:
    with writing():
        a_board("Empty")
        path = a_thread(board=a_board("Full")).path
    rail = client.get(path).text.split('<aside class="rail"')[1]
    assert headings(rail)[1:] == ["Latest posts", "Empty Latest Posts", "Full Latest Posts"]


def test_the_front_page_leaves_empty_blocks_out(client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_board("Empty")
        a_thread(board=a_board("Full"))
    rail = client.get("/").text.split('<aside class="rail"')[1]
    assert headings(rail)[:2] == ["Latest posts", "Full Latest Posts"]
    assert "Empty Latest Posts" not in rail


def test_every_thread_has_a_link_to_its_bottom(client: FlaskClient, writing: Writing) -> None:
    with writing():
        path = a_thread().path
    html = client.get(path).text
    assert 'href="#bottom-of-posts"' in html
    assert 'id="bottom-of-posts"' in html


def test_first_unread_is_linked_only_while_something_is_unread(client: FlaskClient, writing: Writing) -> None:
    with writing():
        anna = a_member("anna")
        thread = a_thread()
        a_post(thread=thread)
        path = thread.path
        mark_read(anna, thread, 1)
    log_in(client, "anna")
    assert "First unread" in client.get(path).text
    assert "First unread" not in client.get(path).text


def test_the_reader_is_called_you_among_those_who_reacted(app: Flask, writing: Writing) -> None:
    with writing():
        thread = a_thread(by=a_member("zoe"))
        post = a_post(thread=thread, by=a_member("yan"))
        for name in ("anna", "ben", "carl"):
            react(a_member(name), post, kind="like")
        path = thread.path
    for name in ("anna", "ben"):
        reader = app.test_client()
        log_in(reader, name)
        who = reader.get(path).text.split('class="who"')[1].split("</a>")[0]
        assert re.sub("<[^>]+>", "", who).strip(">").split() == ["You", "and", "2", "others"]


def test_a_moment_ago_is_shown_as_just_now(client: FlaskClient, writing: Writing) -> None:
    with writing():
        path = a_thread().path
    assert ">just now</time>" in client.get(path).text


@pytest.mark.parametrize("path", ["/threads/999999-x", "/boards/999999-x", "/members/999999-x", "/nothing"])
def test_an_error_page_belongs_to_no_section(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "aria-current" not in answer.text


@pytest.mark.slow
def test_a_page_of_twenty_posts_is_small(client: FlaskClient, writing: Writing) -> None:
    with writing():
        people = [a_member(f"author {number}", country="Singapore", location="Malaysia") for number in range(20)]
        boards = [a_board(f"Board of matters {number}") for number in range(4)]
        for board in boards:
            for number in range(5):
                a_thread(board=board, title=f"A thread with a title as long as they are, number {number} in its board")
        thread = a_thread(by=people[0], board=boards[0], title="The one that is weighed", body=SENTENCE * 2)
        for number in range(1, 20):
            post = a_post(thread=thread, by=people[number], body=SENTENCE * 2)
            for reader in people[: number % 3]:
                react(reader, post, kind="like")
        path = thread.path
    page = client.get(path).data
    assert page.count(b"<article") == 20
    assert len(page) <= HEAVIEST


@pytest.mark.parametrize(
    ("level", "moderates", "shown"),
    [
        (AccessLevel.SEE, False, set()),
        (AccessLevel.REPLY, False, {"reply"}),
        (AccessLevel.START, False, {"reply", "start"}),
        (AccessLevel.SEE, True, {"moderate", "edit"}),
        (AccessLevel.START, True, {"reply", "start", "moderate", "edit"}),
    ],
)
def test_no_button_is_shown_that_would_be_refused(
    client: FlaskClient, writing: Writing, level: AccessLevel, moderates: bool, shown: set[str]
) -> None:
    with writing():
        olaf, keepers = a_member("olaf", role="admin"), a_group("Keepers", a_member("nora"))
        a_list(board := a_board("Shed"), an_entry(keepers, level, moderates=moderates))
        thread = a_thread(board=board, by=olaf)
        post, path, board_path = a_post(thread=thread, by=olaf).path, thread.path, board.path
        elsewhere = a_thread(board=a_board("Talk"), by=olaf).path
    log_in(client, "nora")
    assert _buttons(client, path, post, board_path) == shown
    page = client.get(path).text
    assert ("You cannot reply in this board." in page) == ("reply" not in shown)
    assert f"{elsewhere}/move" not in client.get(elsewhere).text
    refused = {f"{board_path}/post-thread": "start", f"{path}/move": "moderate", f"{post}/edit": "edit"}
    answers = {act: client.get(address).status_code for address, act in refused.items()}
    assert answers == {act: 200 if act in shown else 403 for act in refused.values()}


def _buttons(client: FlaskClient, path: str, post: str, board: str) -> set[str]:
    """What a thread's page and its board's offer."""
    page, list_page = (BeautifulSoup(client.get(address).text, "html.parser") for address in (path, board))
    found = {
        "reply": page.select(f'form[action="{path}/reply"], a[data-reply], a[href^="?quote="], a.i-reply'),
        "moderate": page.select(f'[formaction="{path}/pin"], a[href="{path}/move"], form[action="{path}/delete"]'),
        "edit": page.select(f'a[href="{post}/edit"]'),
        "start": list_page.select(f'a[href="{board}/post-thread"]'),
    }
    return {act for act, buttons in found.items() if buttons}
