"""Toasts: every action confirms itself once, with an undo button where it can be undone."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]


@dataclass
class Objects:
    """A thread by anna with a reply by her."""

    board_path: str
    thread_path: str
    post_path: str


@pytest.fixture
def objects(writing: Writing) -> Objects:
    with writing():
        anna, board = a_member("anna"), a_board("Talk")
        a_member("ben")
        a_member("mona", role="moderator")
        thread = a_thread(by=anna, board=board, title="A thread to read")
        return Objects(board.path, thread.path, a_post(thread=thread, by=anna, body="Words of anna").path)


def send(client: FlaskClient, address: str, **fields: str) -> str:
    """Submit a form and return the page it redirects to."""
    token = token_in(client.get("/account").text)
    return client.post(address, data={"csrf_token": token} | fields, follow_redirects=True).text


def toast_in(html: str) -> tuple[str, str]:
    """The text of a page's toast, and the URL that its button posts to."""
    found = BeautifulSoup(html, "html.parser").select_one("[role=status] .toast")
    if found is None:
        return "", ""
    undo = found.select_one("button[formaction]")
    text = found.select_one("p")
    assert text is not None
    return text.text, str(undo["formaction"]) if undo else ""


def test_a_deleted_post_is_restored_by_undo_also_for_its_author(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "anna")
    page = send(client, f"{objects.post_path}/delete")
    text, undo = toast_in(page)
    assert (text, undo) == ("Post deleted.", f"{objects.post_path}/undelete")
    assert "Post #2 was deleted." in page
    assert "Words of anna" not in page
    page = send(client, undo)
    assert toast_in(page) == ("Post restored.", "")
    assert "Words of anna" in page


def test_an_author_cannot_restore_what_a_moderator_deleted(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "mona")
    send(client, f"{objects.post_path}/delete", reason="Off topic")
    send(client, "/logout")
    log_in(client, "anna")
    token = token_in(client.get("/account").text)
    assert client.post(f"{objects.post_path}/undelete", data={"csrf_token": token}).status_code == 403
    send(client, "/logout")
    log_in(client, "ben")
    token = token_in(client.get("/account").text)
    assert client.post(f"{objects.post_path}/undelete", data={"csrf_token": token}).status_code == 403
    assert "Words of anna" not in client.get(objects.thread_path).text


def test_undoing_what_was_already_undone_shows_the_post(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "anna")
    assert "Words of anna" in send(client, f"{objects.post_path}/undelete")


@pytest.mark.parametrize(
    ("act", "words"), [("pin", "Thread pinned."), ("lock", "Thread locked."), ("delete", "Thread deleted.")]
)
def test_a_moderators_thread_actions_can_be_undone_by_a_button(
    client: FlaskClient, objects: Objects, act: str, words: str
) -> None:
    log_in(client, "mona")
    text, button = toast_in(send(client, f"{objects.thread_path}/{act}"))
    assert (text, button[:17]) == (words, "/moderation/acts/")
    assert toast_in(send(client, button))[0] == "Undone."


def test_saving_is_confirmed(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "anna")
    assert toast_in(send(client, f"{objects.post_path}/edit", body="Other words of anna"))[0] == "Saved."


def test_marking_as_read_is_confirmed(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "ben")
    for path in ("/whats-new/mark-read", f"{objects.board_path}/mark-read", "/notifications/mark-read"):
        assert toast_in(send(client, path))[0] == "Marked as read.", path


def test_a_toast_is_shown_once_and_not_on_a_prefetched_page(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "anna")
    token = token_in(client.get("/account").text)
    answer = client.post(f"{objects.post_path}/edit", data={"csrf_token": token, "body": "Other words"})
    path = answer.headers["Location"].partition("#")[0]
    assert toast_in(client.get(path, headers={"Sec-Purpose": "prefetch"}).text) == ("", "")
    assert toast_in(client.get(path).text)[0] == "Saved."
    assert toast_in(client.get(path).text) == ("", "")


@pytest.mark.parametrize("sent", ["nonsense", "saved.1.2.3", "post-deleted", "post-deleted.x", "x" * 4000, "<b>.1"])
def test_a_forged_cookie_shows_no_toast(client: FlaskClient, objects: Objects, sent: str) -> None:
    log_in(client, "anna")
    client.set_cookie("forum_toast", sent)
    answer = client.get(objects.thread_path)
    assert answer.status_code == 200
    assert toast_in(answer.text) == ("", "")
