"""Copies of threads, or of some of their posts: the same authors and times, each counted, and nobody is alerted."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.admin.undo.actions import logged_entry, undo
from forum.archive.check import check, position_gaps
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.models import Board, Decision, LogEntry, Member, Notification, Post, Reaction, Thread, Visibility
from forum.moderation.regrouping import copying
from forum.moderation.regrouping.copying import copy_posts
from forum.reactions import actions as reactions
from forum.search.index.index_check import index_problems
from forum.threads import actions
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, an_entry, hide
from tests.middleware.guests import Writing


def problems() -> list[str]:
    session.flush()
    return [*map(str, check()), *position_gaps(), *index_problems("en")]


def posts_of(thread: Thread) -> list[Post]:
    return session.query(Post).filter_by(thread_id=thread.id).order_by(Post.position).all()


def test_a_copy_has_the_same_posts_by_the_same_authors_at_the_same_times(app_in_context: Flask) -> None:
    mona, anna, ben = a_member(role="moderator"), a_member("anna"), a_member("ben")
    there, thread = a_board(), a_thread(by=anna, title="Original", body="One, @ben")
    answer = a_post(thread=thread, by=ben, body="Two")
    actions.delete_post(mona, a_post(thread=thread, by=anna, body="Deleted"))
    hide(a_post(thread=thread, by=anna, body="Held"), visibility=Visibility.HELD)
    reactions.react(anna, answer, kind="like")
    session.expire_all()
    counts, alerts = (anna.message_count, ben.message_count), session.query(Notification).count()
    made = copy_posts(mona, thread, board=there, title="Copied")
    originals, copies = posts_of(thread), posts_of(made)
    facts = [(post.author_id, post.created_at, post.html) for post in copies]
    assert facts == [(post.author_id, post.created_at, post.html) for post in originals if post.is_public]
    assert [post.position for post in copies] == [1, 2]
    assert {post.id for post in copies}.isdisjoint(post.id for post in originals)
    assert (made.starter_id, made.started_at, made.view_count) == (anna.id, originals[0].created_at, 0)
    assert (made.reply_count, made.board_id, made.title) == (1, there.id, "Copied")
    session.expire_all()
    assert (anna.message_count, ben.message_count) == (counts[0] + 1, counts[1] + 1)
    assert session.query(Notification).count() == alerts
    assert session.query(Reaction).count() == 1
    assert session.get_one(Board, there.id).post_count == 2
    assert [*map(str, check()), *position_gaps()] == []


def test_only_the_chosen_posts_are_copied_in_their_order(app_in_context: Flask) -> None:
    mona, thread = a_member(role="moderator"), a_thread(body="One")
    two, three = a_post(thread=thread, body="Two"), a_post(thread=thread, body="Three")
    made = copy_posts(mona, thread, board=thread.board, title="Some of it", post_ids={three.id, two.id})
    assert [post.source for post in posts_of(made)] == ["Two", "Three"]
    assert made.starter_id == two.author_id
    assert problems() == []


def test_undoing_a_copy_deletes_it_and_tells_its_authors_nothing(app_in_context: Flask) -> None:
    mona, thread = a_member(role="moderator"), a_thread()
    made = copy_posts(mona, thread, board=a_board(), title="A copy")
    session.flush()
    entry_id = session.query(LogEntry.id).order_by(LogEntry.id.desc()).limit(1).scalar()
    undo(mona, logged_entry(entry_id or 0))
    assert made.is_deleted
    assert session.query(Decision).count() == 0
    assert session.query(Notification).count() == 0
    assert problems() == []


def test_what_cannot_be_copied_is_refused(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    mona, anna, thread, board = a_member(role="moderator"), a_member(), a_thread(), a_board()
    with pytest.raises(Forbidden):
        copy_posts(anna, thread, board=board, title="Not allowed")
    with pytest.raises(Invalid):
        copy_posts(mona, thread, board=board, title="No")
    with pytest.raises(Invalid) as refusal:
        copy_posts(mona, thread, board=board, title="A copy", post_ids={a_post().id})
    assert refusal.value.fields.keys() == {"post_ids"}
    a_post(thread=thread)
    monkeypatch.setattr(copying, "MAX_POSTS", 1)
    with pytest.raises(Conflict, match="too many"):
        copy_posts(mona, thread, board=board, title="A copy")


def test_the_forms_copy_once_and_ask_before_more_people_see_it(client: FlaskClient, writing: Writing) -> None:
    with writing():
        mona = a_member("mona", role="moderator")
        staff = a_board("Staff")
        a_board("Open")
        a_list(staff, an_entry(a_group("Staff group", mona), moderates=True))
        thread = a_thread(board=staff, title="Plans", by=mona)
        a_post(thread=thread, by=mona, body="The second")
        path, post_id = thread.path, thread.last_post_id
    log_in(client, "mona")
    page = client.get(f"{path}/copy").text
    sent = {"csrf_token": token_in(page), "submit_key": "a-key-of-the-test", "board": "2", "title": "Plans"}
    asked = client.post(f"{path}/copy", data=sent)
    assert asked.status_code == 409
    assert "2 posts become visible to more people" in asked.text
    first, again = (client.post(f"{path}/copy", data=sent | {"wider": "yes"}) for _ in range(2))
    assert first.status_code == again.status_code == 303
    assert first.location == again.location == "/threads/2-plans"
    ticked = {"copies": "yes", f"post_{post_id}": "yes", "board": "1", "title": "The second alone", "into": ""}
    answer = client.post(f"{path}/split", data=ticked | {"csrf_token": token_in(page)})
    assert answer.status_code == 303
    shown = client.get(answer.location).text
    assert "The second" in shown
    assert client.get(path).text.count('class="post"') == 2


def test_members_are_told_of_nothing_that_is_copied(app_in_context: Flask) -> None:
    mona, anna = a_member(role="moderator"), a_member("anna")
    thread = a_thread(by=anna, body="Hello @mona")
    before = session.query(Notification).count()
    copy_posts(mona, thread, board=thread.board, title="Once more")
    assert session.query(Notification).count() == before
    assert session.query(Member).filter_by(username="anna").one().message_count == anna.message_count
