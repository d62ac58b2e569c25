"""Followers are told once of each thread that is started, and of nothing that they may not see or do not want."""

import pytest
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Member, Notification, Post, PostTelling, Visibility, WatchLevel
from forum.notifications import watchers
from forum.relations import actions
from forum.threads.actions import reply, start_thread
from forum.watching.actions import choose_for_board, choose_for_thread
from tests.factories import a_board, a_member, a_post, a_thread, hide

pytestmark = pytest.mark.usefixtures("app_in_context")
TOLD = "followed_member"


def told(member: Member) -> list[tuple[str, int | None]]:
    """What a member is told when the job has run, as kinds and posts."""
    session.commit()
    watchers.tell_pending()
    rows = select(Notification.kind, Notification.post_id).where(Notification.member_id == member.id)
    return [(row.kind, row.post_id) for row in session.execute(rows.order_by(Notification.id))]


def first_post(thread_id: int) -> int:
    return session.scalars(select(Post.id).where(Post.thread_id == thread_id, Post.position == 1)).one()


def test_followers_are_told_of_a_thread_once_and_not_of_replies() -> None:
    anna, ben = a_member(), a_member()
    actions.follow(anna, ben)
    thread = a_thread(by=ben)
    a_post(thread=thread, by=ben)
    a_post(by=ben)
    expected = [(TOLD, first_post(thread.id))]
    assert told(anna) == expected
    watchers.note(session.get_one(Post, first_post(thread.id)))  # as if the job had been killed at its end
    assert told(anna) == expected
    assert session.get_one(Member, anna.id).unseen_notifications == 1


def test_nothing_is_noted_for_a_member_without_followers() -> None:
    a_thread(by=a_member())
    assert session.scalars(select(PostTelling)).all() == []


def test_who_no_longer_follows_or_ignores_is_not_told() -> None:
    anna, cem, ben = a_member(), a_member(), a_member()
    for follower in (anna, cem):
        actions.follow(follower, ben)
    a_thread(by=ben)
    actions.unfollow(anna, ben)
    actions.ignore(cem, ben)
    assert told(anna) == told(cem) == []


def test_followers_are_told_of_nothing_hidden() -> None:
    anna, ben = a_member(), a_member(role="moderator")
    actions.follow(anna, ben)
    a_thread(by=ben, board=a_board(audience="moderator"))
    hide(a_thread(by=ben), visibility=Visibility.HELD)
    assert told(anna) == []


def test_a_mention_and_a_watched_board_are_nearer_causes() -> None:
    anna, cem, ben, board = a_member("anna"), a_member(), a_member(), a_board()
    for follower in (anna, cem):
        actions.follow(follower, ben)
    choose_for_board(cem, board, WatchLevel.SITE)
    thread = start_thread(ben, board, title="A thread about all", body="Hello @anna")
    assert told(anna) == [("mention", first_post(thread.id))]
    assert told(cem) == [("watched_board", first_post(thread.id))]


def test_a_muted_board_is_silent_and_one_that_is_not_watched_is_not() -> None:
    anna, cem, ben, board = a_member(), a_member(), a_member(), a_board()
    for follower, level in ((anna, WatchLevel.MUTED), (cem, WatchLevel.OFF)):
        actions.follow(follower, ben)
        choose_for_board(follower, board, level)
    thread = a_thread(by=ben, board=board)
    assert told(anna) == []
    assert told(cem) == [(TOLD, first_post(thread.id))]


def test_many_followers_are_told_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "READ_AT_ONCE", 2)
    monkeypatch.setattr(watchers, "TOLD_AT_ONCE", 1)
    ben, followers = a_member(), [a_member() for _ in range(5)]
    for follower in followers:
        actions.follow(follower, ben)
    thread = a_thread(by=ben)
    expected = [(TOLD, first_post(thread.id))]
    assert [told(follower) for follower in followers] == [expected] * 5


def test_who_watches_a_thread_is_not_told_of_the_ignored() -> None:
    anna, ben, thread = a_member(), a_member(), a_thread()
    choose_for_thread(anna, thread, WatchLevel.SITE)
    actions.ignore(anna, ben)
    reply(ben, thread, body="Hello there")
    assert told(anna) == []
    other = reply(a_member(), thread, body="Hello too")
    assert told(anna) == [("watched_thread", other.id)]
