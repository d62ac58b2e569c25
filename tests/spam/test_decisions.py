"""Decisions of moderators on posts: stored, learned by the job, forgotten exactly, shared by all processes."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Post, SpamModel, SpamSample
from forum.spam import actions, jobs, learning
from forum.spam.actions import Likeness
from forum.spam.current_model import CurrentModel, current
from tests.factories import a_member, a_newcomer, a_post, a_thread

SPAM = "Cheap loans for everybody, apply at https://loans{0}.example/now today, number {0}!"
HAM = "I mended bicycle number {0} yesterday, and the chain and the tyres are new."


@pytest.fixture
def posts(app_in_context: Flask) -> tuple[list[Post], list[Post]]:
    """Some posts of spam, and some others."""
    thread, author = a_thread(), a_member()
    made = tuple([a_post(thread=thread, by=author, body=text.format(n)) for n in range(6)] for text in (SPAM, HAM))
    session.commit()
    return made[0], made[1]


def teach(posts: tuple[list[Post], list[Post]]) -> None:
    for kind, is_spam in zip(posts, (True, False), strict=True):
        for post in kind:
            actions.learn(post, is_spam=is_spam)
    session.commit()
    jobs.learn_pending()


def counts() -> tuple[object, ...]:
    """What a process that starts now knows."""
    model = CurrentModel()
    model.follow()
    return model.counts.spam, model.counts.ham, model.counts.spam_total, model.counts.ham_total


def test_the_filter_learns_and_says_why_but_holds_nothing_before_it_knows_enough(
    posts: tuple[list[Post], list[Post]],
) -> None:
    assert actions.judge(posts[0][0].html, is_new=True).likeness is Likeness.UNSURE
    teach(posts)
    spam = actions.judge("<p>Cheap loans for everybody today</p>", is_new=True)
    assert spam.likeness is Likeness.SPAM
    assert not spam.holds
    assert any("cheap loans" in str(reason) for reason in spam.reasons)
    assert actions.judge(posts[1][0].html, is_new=True).likeness is Likeness.FINE


def test_only_posts_of_new_members_are_held(
    posts: tuple[list[Post], list[Post]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "FEWEST_APPROVED", 5)
    monkeypatch.setattr(learning, "FEWEST_SPAM", 5)
    teach(posts)
    spam = "<p>Cheap loans for everybody, apply today</p>"
    assert actions.judge(spam, is_new=True).holds
    assert not actions.judge(spam, is_new=False).holds
    assert not actions.judge("<p>I mended the chain</p>", is_new=True).holds


def test_a_decision_taken_back_is_forgotten_exactly_even_after_an_edit(posts: tuple[list[Post], list[Post]]) -> None:
    teach(posts)
    before = counts()
    late = a_post(body=SPAM.format(7))
    actions.learn(late, is_spam=True)
    session.commit()
    jobs.learn_pending()
    assert counts() != before
    late.html = "<p>another text</p>"
    actions.forget(late)
    actions.forget(late)
    session.commit()
    jobs.learn_pending()
    assert counts() == before
    with current.here().lock:
        current.here().follow()
        assert current.here().counts.spam == before[0]


def test_a_decision_sent_twice_counts_once_and_another_replaces_it(posts: tuple[list[Post], list[Post]]) -> None:
    post = posts[0][0]
    for is_spam in (False, False, True, True):
        actions.learn(post, is_spam=is_spam)
    session.commit()
    valid = select(SpamSample.is_spam).where(SpamSample.is_spam.is_not(None))
    assert session.scalars(valid).all() == [True]


def test_another_process_follows_by_what_has_changed(posts: tuple[list[Post], list[Post]]) -> None:
    other = CurrentModel()
    other.follow()
    teach(posts)
    other.follow()
    for post in posts[0][:2]:
        actions.learn(post, is_spam=False)
    actions.forget(posts[1][0])
    session.commit()
    jobs.learn_pending()
    other.follow()
    assert (other.counts.spam, other.counts.ham, other.counts.spam_total, other.counts.ham_total) == counts()


def test_a_post_deleted_for_good_still_teaches(posts: tuple[list[Post], list[Post]]) -> None:
    teach(posts)
    before = counts()
    session.delete(posts[0][0])
    session.commit()
    jobs.learn_pending()
    assert counts() == before


def test_a_decision_changed_while_the_job_plans_stays_pending(posts: tuple[list[Post], list[Post]]) -> None:
    actions.learn(posts[0][0], is_spam=True)
    session.commit()
    planned = jobs._planned()
    actions.forget(posts[0][0])
    session.commit()
    jobs._store(planned)
    session.commit()
    assert session.scalars(select(SpamSample.version)).one() == 0
    jobs.learn_pending()
    assert session.scalars(select(SpamSample.learned_as_spam)).one() is None


def test_the_threshold_is_set_even_if_the_job_was_killed_before(posts: tuple[list[Post], list[Post]]) -> None:
    actions.learn(posts[0][0], is_spam=True)
    session.commit()
    jobs._store(jobs._planned())
    session.commit()
    jobs.learn_pending()
    row = session.scalars(select(SpamModel)).one()
    assert row.threshold_version == row.version == 1


def test_old_members_posts_that_nobody_reported_are_learned_after_some_days(
    posts: tuple[list[Post], list[Post]],
) -> None:
    actions.learn(posts[0][0], is_spam=True)
    newcomer = a_post(by=a_newcomer())
    for post in (*posts[1], newcomer):
        post.created_at = clock.now() - jobs.UNREPORTED - timedelta(hours=1)
    session.commit()
    for _ in range(2):
        jobs.learn_old_posts(5)
    learned = select(func.count()).where(SpamSample.is_spam.is_(False))
    assert session.scalar(learned) == len(posts[1])
    assert session.scalar(select(SpamSample.id).where(SpamSample.post_id == newcomer.id)) is None
