"""Reactions: one per member and post, and the scores derived from them."""

import pytest
from flask import Flask

from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid
from forum.models import Member
from forum.moderation import tools
from forum.reactions import actions
from forum.reactions.queries import reactions_on
from forum.threads.actions import delete_post
from tests.factories import a_member, a_post, a_thread


def score(member: Member) -> tuple[int, int, int]:
    session.refresh(member)
    return member.positive_reactions, member.negative_reactions, member.reaction_score


def test_a_reaction_changes_the_authors_score_by_its_kind(app_in_context: Flask) -> None:
    author = a_member(positive_reactions=10, base_positive_reactions=10)
    post, anna, ben, clara = a_post(by=author), a_member(), a_member(), a_member()
    actions.react(anna, post, kind="like")
    actions.react(ben, post, kind="dislike")
    actions.react(clara, post, kind="sad")
    assert score(author) == (11, 1, 10)


def test_another_kind_replaces_the_previous_one(app_in_context: Flask) -> None:
    author, anna = a_member(), a_member()
    post = a_post(by=author)
    actions.react(anna, post, kind="like")
    actions.react(anna, post, kind="like")
    assert score(author) == (1, 0, 1)
    actions.react(anna, post, kind="dislike")
    assert score(author) == (0, 1, -1)
    actions.withdraw_reaction(anna, post)
    actions.withdraw_reaction(anna, post)
    assert score(author) == (0, 0, 0)


def test_nobody_reacts_to_their_own_post(app_in_context: Flask) -> None:
    anna = a_member()
    with pytest.raises(Forbidden, match="own"):
        actions.react(anna, a_post(by=anna), kind="like")


def test_an_unknown_kind_is_refused(app_in_context: Flask) -> None:
    with pytest.raises(Invalid):
        actions.react(a_member(), a_post(), kind="hate")


def test_a_post_shows_counts_by_kind_and_the_members(app_in_context: Flask) -> None:
    post, fans, critic = a_post(), [a_member(f"fan {n}") for n in range(5)], a_member("critic")
    for fan in fans:
        actions.react(fan, post, kind="like")
    actions.react(critic, post, kind="dislike")
    shown = reactions_on([post], fans[0])[post.id]
    assert [(each.kind.key, each.count, len(each.names)) for each in shown.counts] == [
        ("like", 5, 3),
        ("dislike", 1, 1),
    ]
    assert shown.mine is not None
    assert shown.mine.key == "like"
    assert reactions_on([post], None)[post.id].mine is None


def test_reactions_to_a_deleted_post_or_thread_are_not_counted(app_in_context: Flask) -> None:
    moderator, author = a_member(role="moderator"), a_member()
    thread = a_thread()
    post = a_post(thread=thread, by=author)
    actions.react(a_member(), post, kind="like")
    delete_post(moderator, post)
    assert score(author) == (0, 0, 0)
    with pytest.raises(Forbidden):
        actions.react(moderator, post, kind="like")
    tools.delete_thread(moderator, thread)
    tools.undelete_thread(moderator, thread)
    assert score(author) == (0, 0, 0)
