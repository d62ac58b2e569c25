"""The pages and API of splits and deletions that a job carries out: what is asked before, and how far they are."""

from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin import erasing
from forum.admin.removal import thread_erasures
from forum.infra.database.db import session
from forum.members.credentials import api_tokens
from forum.models import Member, Post, Thread, ThreadErasure, ThreadSplit
from forum.moderation.long_threads import background, split_slices
from forum.moderation.regrouping import order
from tests.conftest import log_in, token_in
from tests.factories import a_member, a_post, a_thread
from tests.middleware.guests import Writing

POSTS = 45  # on three pages


@pytest.fixture
def long(writing: Writing, monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of a thread that is too long to be split, or deleted for good, at once."""
    monkeypatch.setattr(split_slices, "POSTS_AT_ONCE", 10)
    monkeypatch.setattr(background, "MAX_TRANSACTION_SECONDS", 0.0)
    monkeypatch.setattr(order, "MAX_POSTS", 20)
    monkeypatch.setattr(erasing, "MAX_POSTS", 20)
    with writing():
        a_member("mona", role="moderator")
        a_member("root", role="admin")
        a_member("anna")
        author = a_member("ben")
        thread = a_thread(title="Long thread", by=author)
        for number in range(2, POSTS + 1):
            a_post(thread=thread, by=author, body=f"Post {number}")
        return thread.path


def press(client: FlaskClient, page: str, button: str = "", **typed: str) -> tuple[int, str, str]:
    """Send the form to split of a page with what is typed; returns the status, the address, and the text."""
    form = BeautifulSoup(page, "html.parser").select_one("form[action$='/split']")
    assert form is not None
    fields = {str(each["name"]): str(each.get("value", "")) for each in form.select("input:not([type=checkbox])")}
    fields |= {button: "yes"} if button else {}
    answer = client.post(str(form["action"]), data=fields | {"board": "1"} | typed)
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def words_of(page: str) -> str:
    return BeautifulSoup(page, "html.parser").get_text(" ", strip=True)


def each_commit(app: Flask) -> Iterator[str]:
    """Carry the split on, one transaction after the other."""
    with app.app_context():
        entry_id = session.scalar(select(ThreadSplit.entry_id)) or 0
        session.remove()
    is_left = True
    while is_left:
        with app.app_context():
            is_left = split_slices.Work(entry_id).go_on()
            step = session.scalar(select(ThreadSplit.step))
        yield step or ""


def test_the_form_asks_with_the_counts_and_then_shows_how_far_it_is(app: Flask, client: FlaskClient, long: str) -> None:
    log_in(client, "mona")
    _, _, asked = press(client, client.get(f"{long}/split").text, first="11", last="40", title="Split off")
    assert "30 posts are moved, from #11 to #40." in words_of(asked)
    assert "5 posts stay and get other numbers." in words_of(asked)
    assert "moved in the background" in asked
    changed = BeautifulSoup(press(client, asked, turn="1")[2], "html.parser")
    assert [changed.select(f"input[name={name}]")[0]["value"] for name in ("first", "last", "title")] == [
        "11",
        "40",
        "Split off",
    ]
    status, address, _ = press(client, asked, "sure")
    assert status == 303
    assert press(client, asked, "sure")[:2] == (303, address)  # a double click
    assert client.get(f"{long}/split").headers["Location"] == address
    page = client.get(address)
    assert (page.status_code, page.headers["Refresh"]) == (200, "2")
    assert "The order of the posts is being read." in page.text
    assert "Posts of this thread are being moved" in app.test_client().get(long).text
    assert "How far it is" in client.get(long).text
    seen = [client.get(address).text for _ in each_commit(app)]
    assert any("of 35 posts are in their places." in text for text in seen)
    assert "30 posts are in this thread now" in seen[-1]
    assert "Refresh" not in client.get(address).headers
    link = BeautifulSoup(seen[-1], "html.parser").select_one(".lead a")
    assert link is not None
    assert "Post 11" in app.test_client().get(str(link["href"])).text
    anna = app.test_client()
    log_in(anna, "anna")
    assert anna.get(address).status_code == 404
    with app.app_context():
        assert session.query(ThreadSplit).count() == 1


@pytest.mark.parametrize(("first", "last", "field"), [("46", "", "first"), ("5", "46", "last"), ("5", "4", "last")])
def test_numbers_of_no_posts_are_refused_at_the_field_with_what_was_typed(
    client: FlaskClient, long: str, first: str, last: str, field: str
) -> None:
    log_in(client, "mona")
    refused = press(client, client.get(f"{long}/split").text, first=first, last=last, title="Split off")
    assert refused[0] == 422
    page = BeautifulSoup(refused[2], "html.parser")
    inputs = {name: page.select(f"input[name={name}]")[0] for name in ("first", "last", "title")}
    assert (inputs["first"]["value"], inputs["last"]["value"], inputs["title"]["value"]) == (first, last, "Split off")
    assert inputs[field]["aria-invalid"] == "true"


def test_the_api_splits_many_posts_and_says_how_far_that_is(app: Flask, writing: Writing, long: str) -> None:
    with writing():
        mona, anna = (session.query(Member).filter_by(username=name).one() for name in ("mona", "anna"))
        token = api_tokens.make(mona, name="a program", scopes=("read", "write", "moderate"))
        other = api_tokens.make(anna, name="another", scopes=("read", "write"))
        ids = session.scalars(select(Post.id).order_by(Post.position)).all()
        thread_id = session.scalar(select(Thread.id))
    program, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    address = f"/api/v1/threads/{thread_id}/split"
    wrong = program.post(address, json={"first_post_id": ids[-1] + 1, "title": "Split off"}, headers=headers)
    assert list(wrong.get_json()["errors"]) == ["first_post_id"]
    body = {"first_post_id": ids[10], "last_post_id": ids[39], "post_ids": [ids[42]], "title": "Split off"}
    begun = program.post(address, json=body, headers=headers)
    split = begun.get_json()
    assert (begun.status_code, split["state"], split["source_id"], split["into_id"]) == (
        202,
        "running",
        thread_id,
        None,
    )
    assert begun.headers["Location"].endswith(f"/api/v1/moderation/splits/{split['id']}")
    again = program.post(address, json=body, headers=headers)
    assert (again.status_code, again.get_json()["id"]) == (202, split["id"])
    list(each_commit(app))
    shown = program.get(f"/api/v1/moderation/splits/{split['id']}", headers=headers).get_json()
    assert (shown["state"], shown["done"], shown["planned"], shown["merge_id"]) == ("finished", 35, 35, None)
    assert program.get(f"/api/v1/threads/{shown['into_id']}").get_json()["reply_count"] == 30
    others = program.get(f"/api/v1/moderation/splits/{split['id']}", headers={"Authorization": f"Bearer {other}"})
    assert others.status_code in {403, 404}


def test_a_long_thread_is_deleted_for_good_in_the_background(app: Flask, client: FlaskClient, long: str) -> None:
    log_in(client, "root")
    token = token_in(client.get("/").text)
    client.post(f"{long}/delete", data={"csrf_token": token, "reason": ""})
    with app.app_context():
        first = session.scalar(select(Post.id).where(Post.position == 1))
    form = {"csrf_token": token, "reason": "A court said so", "sure": "yes"}
    begun = client.post(f"/posts/{first}/erase", data=form)
    address = begun.headers["Location"]
    assert client.post(f"/posts/{first}/erase", data=form).headers["Location"] == address  # a double click
    page = client.get(address)
    assert page.headers["Refresh"] == "2"
    assert "0 of 45 posts are gone." in page.text
    assert "This thread is being deleted for good" in client.get(long).text
    assert client.post(f"{long}/undelete", data={"csrf_token": token}).status_code == 409
    with app.app_context():
        thread_erasures.run_pending()
    assert "The thread with its 45 posts is gone." in client.get(address).text
    assert client.get(long).status_code == 404
    mona = app.test_client()
    log_in(mona, "mona")
    assert mona.get(address).status_code == 403


def test_the_api_deletes_a_long_thread_for_good_and_says_how_far_that_is(
    app: Flask, writing: Writing, long: str
) -> None:
    with writing():
        root = session.query(Member).filter_by(username="root").one()
        token = api_tokens.make(root, name="a program", scopes=("read", "write", "moderate", "admin"))
        thread_id = session.scalar(select(Thread.id))
    program, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    assert long.startswith(f"/threads/{thread_id}-")
    assert program.delete(f"/api/v1/threads/{thread_id}", json={}, headers=headers).status_code == 204
    body = {"for_good": True, "reason": "A court said so"}
    begun = program.delete(f"/api/v1/threads/{thread_id}", json=body, headers=headers)
    shown = begun.get_json()
    assert (begun.status_code, shown["state"], shown["planned"], shown["done"]) == (202, "running", 45, 0)
    with app.app_context():
        thread_erasures.run_pending()
        assert session.query(ThreadErasure).one().finished_at is not None
    path = f"/api/v1/moderation/erasures/{shown['id']}"
    assert begun.headers["Location"].endswith(path)
    assert program.get(path, headers=headers).get_json()["state"] == "finished"
    assert program.get(f"/api/v1/threads/{thread_id}").status_code == 404
