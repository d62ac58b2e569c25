"""The spam filter learns from the queue, holds what looks like spam of new members, and says why."""

import pytest
from flask import Flask

from forum.infra.database.db import session
from forum.models import Member, Post, ReviewItem, Thread, Visibility
from forum.moderation import queue
from forum.site.actions import set_value
from forum.spam import jobs, learning
from forum.threads import actions
from forum.threads.approval.reasons import sentences
from tests.factories import a_member, a_newcomer, a_thread

SPAM = "Cheap loans for everybody, apply at https://loans.example/now today, number {0}!"
HAM = "I mended bicycle number {0} yesterday, and the chain and the tyres are new."


@pytest.fixture
def moderator(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Member:
    assert app_in_context.name
    monkeypatch.setattr(learning, "FEWEST_APPROVED", 5)
    monkeypatch.setattr(learning, "FEWEST_SPAM", 5)
    return a_member(role="moderator")


def case_of(moderator: Member, post: Post) -> ReviewItem:
    return queue.latest_of(moderator, post.id)


def decide_many(moderator: Member, thread: Thread) -> list[Post]:
    """Held posts of newcomers, half of them approved and half marked as spam, which the filter has learned."""
    set_value("hold_first_posts", 1)
    posts = []
    for number in range(6):
        for text, decision in ((SPAM, "spam"), (HAM, "approve")):
            post = actions.reply(a_newcomer(), thread, body=text.format(number))
            queue.decide(moderator, case_of(moderator, post), decision=decision)
            posts.append(post)
    set_value("hold_first_posts", 0)
    learn()
    return posts


def learn() -> None:
    session.commit()
    jobs.learn_pending()


def test_what_looks_like_spam_waits_and_moderators_read_why(moderator: Member) -> None:
    thread = a_thread()
    decide_many(moderator, thread)
    spam = actions.reply(a_newcomer(), thread, body="Cheap loans, apply at https://loans.example/now today")
    assert spam.visibility == Visibility.HELD
    why = [str(sentence) for sentence in sentences(case_of(moderator, spam).held_for)]
    assert why[0] == "The spam filter finds that it looks like spam."
    assert "A sign of it: links to loans.example." in why
    assert actions.reply(a_newcomer(), thread, body=HAM.format(9)).is_public
    assert actions.reply(a_member(message_count=50), thread, body=SPAM.format(9)).is_public


def test_nothing_waits_for_the_filter_where_it_is_off(moderator: Member) -> None:
    thread = a_thread()
    decide_many(moderator, thread)
    set_value("hold_spam", False)
    assert actions.reply(a_newcomer(), thread, body=SPAM.format(9)).is_public


def test_a_decision_taken_back_is_not_learned(moderator: Member) -> None:
    thread = a_thread()
    for post in decide_many(moderator, thread)[::2]:
        queue.reopen(moderator, case_of(moderator, post))
    learn()
    assert actions.reply(a_newcomer(), thread, body=SPAM.format(9)).is_public
