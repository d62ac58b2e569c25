"""Editing, deleting and undeleting posts."""

from datetime import timedelta

import pytest
from flask import Flask

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, NotFound
from forum.models import Board, LogEntry
from forum.moderation import tools
from forum.threads import actions, history
from forum.threads.queries import find_post, posts_on_page
from tests.factories import a_member, a_post, a_thread


def test_an_edit_stores_the_previous_text_and_shows_the_difference(app_in_context: Flask) -> None:
    anna = a_member("anna")
    post = a_post(by=anna, body="one\ntwo\nthree")
    actions.edit_post(anna, post, body="one\nTWO\nthree")
    (revision,), _ = history.revisions_with_diffs(post)
    assert [(line.kind, line.text) for line in revision.diff] == [
        ("same", "one"),
        ("removed", "two"),
        ("added", "TWO"),
        ("same", "three"),
    ]
    assert (post.source, post.revision_count, revision.editor) == ("one\nTWO\nthree", 1, anna)
    assert "TWO" in post.html


def test_saving_without_a_change_makes_no_revision(app_in_context: Flask) -> None:
    anna = a_member()
    post = a_post(by=anna, body="the same")
    actions.edit_post(anna, post, body="the same")
    assert (post.revision_count, post.edited_at) == (0, None)


def test_an_author_edits_for_an_hour_and_a_moderator_always(app_in_context: Flask) -> None:
    anna, moderator = a_member(), a_member(role="moderator")
    post = a_post(by=anna)
    with clock.frozen_at(clock.now() + timedelta(minutes=61)):
        with pytest.raises(Forbidden, match="too late"):
            actions.edit_post(anna, post, body="too late")
        actions.edit_post(moderator, post, body="moderated")
    assert session.query(LogEntry).filter_by(action="edit-post", actor_id=moderator.id).count() == 1


def test_nobody_edits_another_members_post(app_in_context: Flask) -> None:
    with pytest.raises(Forbidden, match="your own"):
        actions.edit_post(a_member(), a_post(), body="not mine")


def test_an_edit_based_on_an_outdated_version_is_a_conflict(app_in_context: Flask) -> None:
    anna, moderator = a_member(), a_member(role="moderator")
    post = a_post(by=anna)
    actions.edit_post(moderator, post, body="first", seen_revision=0)
    with pytest.raises(Conflict):
        actions.edit_post(anna, post, body="second", seen_revision=0)


def test_a_deleted_post_is_not_counted_until_it_is_undeleted(app_in_context: Flask) -> None:
    moderator, ben = a_member(role="moderator"), a_member("ben")
    thread = a_thread()
    before, post = a_post(thread=thread), a_post(thread=thread, by=ben)
    actions.delete_post(moderator, post, reason="off topic")
    board = session.get_one(Board, thread.board_id)
    for thing in (thread, ben, board):
        session.refresh(thing)
    assert (thread.reply_count, ben.message_count, board.post_count, thread.last_post_id) == (1, 100, 2, before.id)
    actions.undelete_post(moderator, post)
    for thing in (thread, ben, board):
        session.refresh(thing)
    assert (thread.reply_count, ben.message_count, board.post_count, thread.last_post_id) == (2, 101, 3, post.id)


def test_a_deleted_post_is_visible_only_to_moderators(app_in_context: Flask) -> None:
    moderator, thread = a_member(role="moderator"), a_thread()
    post = a_post(thread=thread)
    actions.delete_post(moderator, post)
    with pytest.raises(NotFound):
        find_post(a_member(), post.id)
    assert [each.position for each in posts_on_page(None, thread, 1)] == [1]
    assert [each.position for each in posts_on_page(moderator, thread, 1)] == [1, 2]


def test_the_first_post_is_deleted_only_with_its_thread(app_in_context: Flask) -> None:
    anna = a_member()
    thread = a_thread(by=anna)
    with pytest.raises(Forbidden, match="thread"):
        actions.delete_post(anna, posts_on_page(anna, thread, 1)[0])


def test_in_a_deleted_thread_only_the_threads_own_count_changes(app_in_context: Flask) -> None:
    moderator, ben, thread = a_member(role="moderator"), a_member("ben"), a_thread()
    post = a_post(thread=thread, by=ben)
    tools.delete_thread(moderator, thread)
    actions.delete_post(moderator, post)
    session.refresh(thread, ["reply_count"])
    session.refresh(ben)
    assert (thread.reply_count, ben.message_count) == (0, 100)
    tools.undelete_thread(moderator, thread)
    board = session.get_one(Board, thread.board_id)
    session.refresh(board)
    session.refresh(ben)
    assert (board.post_count, ben.message_count) == (1, 100)
