"""The spam filter learns from the queue, holds what looks like spam of new members, and says why."""

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Member, Post, ReviewItem, SpamSample, Thread, Visibility
from forum.models.moderation.report import UPHELD
from forum.moderation import queue
from forum.moderation.reports import decisions
from forum.moderation.reports.making import report_post
from forum.site.actions import set_value
from forum.spam import jobs, learning
from forum.threads import actions
from forum.threads.approval.reasons import sentences
from forum.threads.queries import find_thread
from tests.factories import a_member, a_newcomer, a_thread

SPAM = "Cheap loans for everybody, apply at https://loans.example/now today, number {0}!"
HAM = "I mended bicycle number {0} yesterday, and the chain and the tyres are new."


@pytest.fixture
def moderator(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Member:
    assert app_in_context.name
    monkeypatch.setattr(learning, "FEWEST_APPROVED", 5)
    monkeypatch.setattr(learning, "FEWEST_SPAM", 5)
    set_value("campaign_members", 0)  # the texts are alike
    a_thread()
    return a_member(role="moderator")


def case_of(moderator: Member, post: Post) -> ReviewItem:
    return queue.latest_of(moderator, post.id)


def reply(author: Member, text: str) -> Post:
    """A reply to the only thread."""
    thread_id = session.scalars(select(Thread.id)).one()
    return actions.reply(author, find_thread(author, thread_id), body=text)


def decide_many(moderator: Member) -> list[Post]:
    """Posts of newcomers that waited: the first half of them marked as spam, the others approved."""
    set_value("hold_first_posts", 1)
    posts = [reply(a_newcomer(), text.format(number)) for text in (SPAM, HAM) for number in range(6)]
    for post in posts:
        queue.decide(moderator, case_of(moderator, post), decision="spam" if "loans" in post.source else "approve")
    set_value("hold_first_posts", 0)
    return posts


def learn() -> None:
    session.commit()
    jobs.learn_pending()


def test_what_looks_like_spam_waits_and_moderators_read_why(moderator: Member) -> None:
    decide_many(moderator)
    learn()
    spam = reply(a_newcomer(), "Cheap loans, apply at https://loans.example/now today")
    assert spam.visibility == Visibility.HELD
    why = [str(sentence) for sentence in sentences(case_of(a_member(role="moderator"), spam).held_for)]
    assert why[0] == "The spam filter finds that it looks like spam."
    assert "A sign of it: links to loans.example." in why
    assert reply(a_newcomer(), HAM.format(9)).is_public
    assert reply(a_member(message_count=50), SPAM.format(9)).is_public


def test_nothing_waits_for_the_filter_where_it_is_off(moderator: Member) -> None:
    decide_many(moderator)
    learn()
    set_value("hold_spam", False)
    assert reply(a_newcomer(), SPAM.format(9)).is_public


def test_a_decision_taken_back_is_not_learned(moderator: Member) -> None:
    for post in decide_many(moderator)[:6]:
        queue.reopen(moderator, case_of(moderator, post))
    learn()
    assert reply(a_newcomer(), SPAM.format(9)).is_public


def test_spam_that_was_reported_and_deleted_is_learned_until_the_case_is_opened_again(moderator: Member) -> None:
    post = reply(a_newcomer(), SPAM.format(1))
    case = report_post(a_member(), post, kind="spam").item
    decisions.decide_reports(moderator, case, UPHELD, deletes=True)
    assert session.scalars(select(SpamSample.is_spam)).all() == [True]
    decisions.reopen(moderator, case)
    assert session.scalars(select(SpamSample.is_spam)).all() == [None]


def test_while_many_wait_what_looks_least_like_spam_comes_first(
    moderator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide_many(moderator)
    learn()
    set_value("hold_first_posts", 1)
    spam = [reply(a_newcomer(), SPAM.format(number)).id for number in range(20, 23)]
    honest = reply(a_newcomer(), HAM.format(20)).id

    def listed(look: queue.QueueLook = queue.AS_IT_CAME) -> list[int | None]:
        return [item.post_id for item in queue.waiting(moderator, 1, look)[0]]

    assert listed() == [*spam, honest]
    monkeypatch.setattr(queue, "CROWDED", 3)
    assert listed()[0] == honest
    assert listed(queue.QueueLook(by_age=True)) == [*spam, honest]
    assert listed(queue.QueueLook(by_score=True))[-1] == honest
