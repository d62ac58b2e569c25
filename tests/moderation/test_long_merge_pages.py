"""The pages and API of merges that a job carries out: progress, and threads that can be read at any moment."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.members.credentials import api_tokens
from forum.models import Member, Post, Thread, ThreadMerge
from forum.moderation.long_threads import background, merge_slices
from forum.moderation.long_threads.merge_slices import Work
from forum.moderation.regrouping import order
from tests.conftest import log_in, token_in
from tests.factories import a_member, a_post, a_thread
from tests.middleware.guests import Writing
from tests.parts import in_ci

POSTS = 45  # of each thread, on three pages


@pytest.fixture
def threads(writing: Writing, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The paths of two threads that were written in turns, and are too long to be merged at once."""
    for name, number in {"POSTS_AT_ONCE": 15, "LEFT_FOR_THE_END": 10}.items():
        monkeypatch.setattr(merge_slices, name, number)
    monkeypatch.setattr(background, "MAX_TRANSACTION_SECONDS", 0.0)
    monkeypatch.setattr(order, "MAX_POSTS", 20)
    with writing():
        a_member("mona", role="moderator")
        a_member("anna")
        author = a_member("ben")
        one, two = a_thread(title="Thread one", by=author), a_thread(title="Thread two", by=author)
        for _ in range(2, POSTS + 1):
            a_post(thread=one, by=author)
            a_post(thread=two, by=author)
        return one.path, two.path


def send(client: FlaskClient, path: str, **fields: str) -> tuple[int, str]:
    token = token_in(client.get("/").text)
    answer = client.post(path, data={"csrf_token": token, **fields})
    return answer.status_code, answer.headers.get("Location", "")


def each_commit(app: Flask) -> Iterator[str]:
    """Carry the merge on, one transaction after the other."""
    with app.app_context():
        entry_id = session.scalar(select(ThreadMerge.entry_id))
        session.remove()
    while True:
        with app.app_context():
            assert entry_id is not None
            is_left = Work(entry_id).go_on()
            step = session.scalar(select(ThreadMerge.step))
        yield step or ""
        if not is_left:
            return


def test_a_moderator_is_told_before_and_sees_how_far_it_is(
    app: Flask, client: FlaskClient, threads: tuple[str, str]
) -> None:
    one, two = threads
    log_in(client, "mona")
    number = one.split("/")[2].split("-")[0]
    assert "This is done in the background" in client.get(f"{two}/merge?into={number}").text
    begun = send(client, f"{two}/merge", into=number)
    assert begun == send(client, f"{two}/merge", into=number)  # a double click
    assert begun[0] == 303
    page = client.get(begun[1])
    assert (page.status_code, page.headers["Refresh"]) == (200, "2")
    assert "The order of the posts is being read." in page.text
    assert client.get(f"{one}/merge").headers["Location"] == begun[1]
    seen = [(step, client.get(begun[1]).text) for step in each_commit(app)]
    assert any("30 of 89 posts are in their places." in text for _, text in seen)
    assert "All posts are in this thread now" in seen[-1][1]
    assert "Refresh" not in client.get(begun[1]).headers
    assert client.get(two).headers["Location"].endswith(one)
    other = app.test_client()
    log_in(other, "anna")
    assert other.get(begun[1]).status_code == 404
    with app.app_context():
        assert session.query(ThreadMerge).count() == 1


def test_pages_and_addresses_of_posts_work_at_any_moment_for_all_and_say_what_happens(
    app: Flask, client: FlaskClient, threads: tuple[str, str]
) -> None:
    one, two = threads
    mona, anna, guest = client, app.test_client(), app.test_client()
    log_in(mona, "mona")
    log_in(anna, "anna")
    send(mona, f"{two}/merge", into=one.split("/")[2].split("-")[0])
    text = anna.get(two).text
    assert "This thread is being merged with <a" in text
    assert ("Thread one" in text, "How far it is" in text) == (True, False)
    assert "How far it is" in mona.get(one).text
    assert "This thread is being merged with another one" in guest.get(one).text
    assert anna.post(f"{two}/reply", data={"csrf_token": token_in(anna.get("/").text), "body": "Hm"}).status_code == 409
    assert "being merged" in mona.get(f"{one}/delete").text
    for turn, _ in enumerate(each_commit(app)):
        with app.app_context():
            left = {thread.path: thread.last_position for thread in session.query(Thread)}
            some = session.query(Post.id, Post.position).filter(Post.position % 7 == 1).order_by(Post.id).all()
        for reader in (mona, anna, guest) if in_ci() else ((mona, anna, guest)[turn % 3],):
            for path, last in left.items():
                pages = (last - 1) // 20 + 1
                for number in range(1, pages + 1):
                    page = reader.get(f"{path}?page={number}", follow_redirects=True)
                    assert (page.status_code, 'class="post"' in page.text or "<article" in page.text) == (200, True)
                assert pages == 1 or reader.get(f"{path}?page={pages}").status_code == 200
        for post_id, position in some:
            landed = guest.get(f"/posts/{post_id}", follow_redirects=True)
            assert (landed.status_code, f'id="post-{position}"' in landed.text) == (200, True)


def test_the_api_answers_with_the_merge_and_how_far_it_is(
    app: Flask, writing: Writing, threads: tuple[str, str]
) -> None:
    with writing():
        mona = session.query(Member).filter_by(username="mona").one()
        token = api_tokens.make(mona, name="a program", scopes=("read", "write", "moderate"))
        anna = session.query(Member).filter_by(username="anna").one()
        reader = api_tokens.make(anna, name="another", scopes=("read", "write"))
        ids = dict(session.query(Thread.title, Thread.id).all())
    program, as_mona = app.test_client(), {"Authorization": f"Bearer {token}"}
    address = f"/api/v1/threads/{ids['Thread two']}/merge"
    begun = program.post(address, json={"into": ids["Thread one"]}, headers=as_mona)
    merge = begun.get_json()
    assert begun.status_code == 202
    assert (merge["state"], merge["source_id"], merge["into_id"], merge["done"]) == (
        "running",
        ids["Thread two"],
        ids["Thread one"],
        0,
    )
    assert begun.headers["Location"].endswith(f"/api/v1/moderation/merges/{merge['id']}")
    again = program.post(address, json={"into": ids["Thread one"]}, headers=as_mona)
    assert (again.status_code, again.get_json()["id"]) == (202, merge["id"])
    list(each_commit(app))
    shown = program.get(f"/api/v1/moderation/merges/{merge['id']}", headers=as_mona).get_json()
    assert (shown["state"], shown["done"], shown["planned"]) == ("finished", 89, 89)
    others = program.get(f"/api/v1/moderation/merges/{merge['id']}", headers={"Authorization": f"Bearer {reader}"})
    assert others.status_code in {403, 404}
    assert program.get(f"/api/v1/threads/{ids['Thread one']}").get_json()["reply_count"] == 89
