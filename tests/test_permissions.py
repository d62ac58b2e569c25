"""Visibility: each verdict agrees with its SQL twin, over all roles, boards and states."""

import itertools

import pytest
from flask import Flask
from sqlalchemy import select

from forum import permissions
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import NotLoggedIn
from forum.models import Board, Member, Post, Thread
from forum.models.discussion.board import AUDIENCES
from tests.factories import a_ban, a_board, a_member, a_post, a_thread

ROLES = (None, "member", "moderator", "admin", "banned")


def actor_of(role: str | None) -> Member | None:
    if role is None:
        return None
    if role == "banned":
        banned = a_member(role="moderator")
        a_ban(banned)
        return banned
    return a_member(role=role)


@pytest.fixture
def everything(app_in_context: Flask) -> list[Post]:
    admin, posts = a_member(role="admin"), []
    for audience, thread_gone, post_gone in itertools.product(AUDIENCES, (False, True), (False, True)):
        thread = a_thread(by=admin, board=a_board(audience=audience))
        post = a_post(thread=thread, by=admin)
        post.deleted_at = clock.now() if post_gone else None
        thread.deleted_at = clock.now() if thread_gone else None
        posts.append(post)
    session.flush()
    return posts


@pytest.mark.parametrize("role", ROLES)
def test_the_rule_for_one_object_matches_the_rule_for_lists(everything: list[Post], role: str | None) -> None:
    actor = actor_of(role)
    boards = set(session.scalars(select(Board.id).where(permissions.visible_boards(actor))))
    threads = set(session.scalars(select(Thread.id).join(Thread.board).where(permissions.visible_threads(actor))))
    joined = select(Post.id).join(Post.thread).join(Thread.board)
    posts = set(session.scalars(joined.where(permissions.visible_posts(actor))))
    for post in everything:
        assert bool(permissions.may_see_board(actor, post.thread.board)) == (post.thread.board_id in boards)
        assert bool(permissions.may_see_thread(actor, post.thread)) == (post.thread_id in threads)
        assert bool(permissions.may_see_post(actor, post)) == (post.id in posts)


@pytest.mark.parametrize(("role", "seen"), [(None, 1), ("banned", 1), ("member", 2), ("moderator", 12), ("admin", 16)])
def test_each_role_sees_as_many_of_sixteen_posts(everything: list[Post], role: str | None, seen: int) -> None:
    actor = actor_of(role)
    assert sum(bool(permissions.may_see_post(actor, post)) for post in everything) == seen


def test_a_refusal_is_raised_with_its_message(app_in_context: Flask) -> None:
    with pytest.raises(NotLoggedIn, match=r"^You must log in or register to reply here\.$"):
        permissions.require(permissions.may_reply(None, a_thread()))
