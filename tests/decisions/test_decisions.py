"""What staff do to members and their posts is told with its reason, and what was removed stays readable for them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.archive import check
from forum.infra import clock
from forum.infra.database.db import session
from forum.members import sanctions
from forum.models import Decision, Member, Post
from forum.moderation import tools
from forum.threads import actions
from forum.threads.queries import find_post
from tests.conftest import log_in
from tests.factories import a_board, a_list, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]
BODY, REASON = "Buy **my** pills, says & everyone", "An advertisement <here>"


def member_named(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


@pytest.fixture
def post_id(writing: Writing) -> int:
    """The id of a reply by anna to ben's thread, which mona moderates."""
    with writing():
        a_member("mona", role="moderator")
        thread = a_thread(by=a_member("ben"), board=a_board("Talk"), title="Where the moon is")
        return a_post(thread=thread, by=a_member("anna"), body=BODY).id


def decisions() -> list[Decision]:
    return list(session.scalars(select(Decision).order_by(Decision.id)))


def the_post(post_id: int) -> Post:
    return find_post(member_named("mona"), post_id)


def delete(post_id: int) -> None:
    actions.delete_post(member_named("mona"), the_post(post_id), reason=REASON, rule="Rule 3")


def test_the_author_of_a_deleted_post_reads_what_why_and_by_which_rule(
    app: Flask, client: FlaskClient, post_id: int, writing: Writing
) -> None:
    with writing():
        delete(post_id)
    log_in(client, "anna")
    alerts = client.get("/notifications").text
    assert "A moderator deleted your post" in alerts
    assert 'href="/account/decisions/1"' in alerts
    page = client.get("/account/decisions/1").text
    for shown in (
        "Rule 3",
        "An advertisement &lt;here&gt;",
        "Buy **my** pills, says &amp; everyone",
    ):
        assert shown in page
    assert "A moderator deleted your post" in client.get("/account/decisions").text
    for each in (alerts, page):
        assert "mona" not in each, "no moderator is named"
    assert "notification-row unread" not in client.get("/notifications").text
    other = app.test_client()
    log_in(other, "ben")
    assert other.get("/account/decisions/1").status_code == 404
    assert "deleted your post" not in other.get("/notifications").text
    assert "deleted your post" not in other.get("/account/decisions").text
    assert app.test_client().get("/account/decisions/1").status_code in {302, 303, 401}


def test_an_act_on_ones_own_is_no_decision(app: Flask, post_id: int, writing: Writing) -> None:
    with writing():
        mona, anna = member_named("mona"), member_named("anna")
        actions.delete_post(anna, the_post(post_id))
        thread = a_thread(by=mona)
        actions.change_title(mona, thread, title="Another title")
        tools.delete_thread(mona, thread, reason="mine")
        assert decisions() == []


def test_a_deletion_that_is_undone_is_not_told_unless_it_was_seen(
    client: FlaskClient, post_id: int, writing: Writing
) -> None:
    log_in(client, "anna")
    for is_seen in (False, True):
        with writing():
            delete(post_id)
        if is_seen:
            client.get("/notifications")
        with writing():
            actions.undelete_post(member_named("mona"), the_post(post_id))
            assert all(decision.ended_at for decision in decisions())
            assert member_named("anna").unseen_notifications == 0
            assert list(check.check()) == []
        assert ("deleted your post" in client.get("/notifications").text) is is_seen
    assert "no longer in force" in client.get("/account/decisions/2").text


def test_edits_titles_and_threads_are_told_with_what_was_there_before(
    client: FlaskClient, post_id: int, writing: Writing
) -> None:
    with writing():
        mona, post = member_named("mona"), the_post(post_id)
        thread = post.thread
        actions.edit_post(mona, post, body="Nothing to buy")
        actions.change_title(mona, thread, title="Where the sun is")
        tools.delete_thread(mona, thread, reason="enough", rule="Rule 1")
        found = [(each.kind, member_named("anna").id == each.member_id, each.text) for each in decisions()]
    first = found[2][2]
    assert found[:2] == [("post-edited", True, BODY), ("title-edited", False, "Where the moon is")]
    assert found[2][:2] == ("thread-deleted", False)
    log_in(client, "ben")
    page = client.get("/account/decisions/3").text
    assert first in page
    assert "Where the sun is" in page
    assert "enough" in page


def test_the_title_of_a_thread_of_somebody_else_is_not_told(app: Flask, post_id: int, writing: Writing) -> None:
    with writing():
        delete(post_id)
        assert [each.title for each in decisions()] == [""], "its board may be hidden from the author later"


def test_the_author_of_a_reply_reads_in_which_thread_it_was_as_long_as_they_may_see_that(
    client: FlaskClient, post_id: int, writing: Writing
) -> None:
    with writing():
        delete(post_id)
    log_in(client, "anna")
    for path in ("/account/decisions", "/account/decisions/1"):
        assert "A moderator deleted your post in" in client.get(path).text
        assert "Where the moon is" in client.get(path).text
    with writing():
        a_list(the_post(post_id).thread.board)
    for path in ("/account/decisions", "/account/decisions/1"):
        assert "A moderator deleted your post" in client.get(path).text
        assert "Where the moon is" not in client.get(path).text


def test_bans_and_mutes_are_told_and_end_with_them(app: Flask, post_id: int, writing: Writing) -> None:
    with writing():
        mona, anna = member_named("mona"), member_named("anna")
        sanctions.ban(mona, anna, reason="spam", rule="Rule 2", until=clock.now() + timedelta(days=3))
        sanctions.ban(mona, anna, reason="more spam")
        sanctions.mute(mona, anna, board_id=None, reason="noise")
        sanctions.unban(mona, anna)
        rows = decisions()
        assert [(each.kind, each.reason, each.ended_at is None) for each in rows] == [
            ("ban", "spam", False),
            ("ban", "more spam", False),
            ("mute", "noise", True),
        ]
        assert anna.unseen_notifications == 1, "of the mute, which is still in force"


def test_what_is_deleted_for_good_leaves_the_text_to_its_author(
    client: FlaskClient, post_id: int, writing: Writing
) -> None:
    with writing():
        delete(post_id)
        for decision in decisions():
            decision.about_post_id = None
    log_in(client, "anna")
    assert "Buy **my** pills" in client.get("/account/decisions/1").text
