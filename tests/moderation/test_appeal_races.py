"""Appeals at the same moment, on PostgreSQL, where acts really run concurrently."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.archive.check import check
from forum.infra.database.db import session, transaction
from forum.models import Appeal, Decision, IllegalNotice, Mail, Notification, Post, ReviewItem
from forum.moderation.appeals import deciding, making
from forum.moderation.illegal_content import notices
from forum.moderation.reports import cases, decisions
from forum.threads import actions
from tests.factories import a_post, a_thread
from tests.moderation.test_report_races import ROUNDS, Act, at_once, forum, named

__all__ = ["forum"]  # the fixture
pytestmark = pytest.mark.postgres


def the_decision(post_id: int) -> Decision:
    return session.scalars(select(Decision).where(Decision.about_post_id == post_id).order_by(Decision.id)).all()[0]


def appeal(words: str) -> Act:
    return lambda post_id: making.appeal(named("ben"), the_decision(post_id), words)


def decide(name: str, how: str) -> Act:
    def act(post_id: int) -> None:
        item_id = session.scalars(select(ReviewItem.id).where(ReviewItem.post_id == post_id)).one()
        found = deciding.find_appeal(named(name), item_id)
        deciding.decide_appeal(named(name), found, how, reason=f"{how} by {name}")

    return act


@pytest.mark.parametrize("other", [decide("carl", "uphold"), decide("carl", "reverse")], ids=["uphold", "reverse"])
def test_an_appeal_is_made_once_and_decided_once(other: Act, forum: Flask) -> None:
    with forum.app_context(), transaction():
        named("carl").role = "moderator"
    for _ in range(ROUNDS):
        with forum.app_context(), transaction():
            post = a_post(thread=a_thread(by=named("ben")), by=named("ben"))
            actions.delete_post(named("mona"), post, reason="Rude")
            post_id = post.id
        assert at_once(forum, post_id, appeal("One."), appeal("Two.")) == [None, None]
        refused = at_once(forum, post_id, decide("max", "reverse"), other)
        assert sorted(str(error or "") for error in refused) == ["", "Somebody else has decided this already."]
        with forum.app_context():
            assert list(check()) == []
            made = session.scalars(select(Appeal).join(Appeal.item).where(ReviewItem.post_id == post_id)).one()
            item = session.get_one(ReviewItem, made.item_id)
            assert session.get_one(Post, post_id).is_public == (item.decision == "reverse")
            answers = select(func.count()).where(Notification.is_about(f"decision:{made.decision_id}"))
            assert session.scalar(answers.where(Notification.kind == "appeal-answered")) == 1


def test_who_sent_a_notice_is_answered_once_when_its_cases_are_decided_at_once(forum: Flask) -> None:
    for number in range(ROUNDS):
        with forum.app_context(), transaction():
            paths = [a_post(thread=a_thread(by=named("ben")), by=named("ben")).path for _ in range(2)]
            email = f"nora{number}@example.org"
            entry = notices.Entry(" ".join(paths), words="Mine.", in_good_faith=True, name="Nora", email=email)
            notice = notices.find(notices.send(None, entry, home="", mail_home=""))
            notice_id, items = notice.id, [content.item_id or 0 for content in notice.contents]
        refused = at_once(forum, 0, decide_case("mona", items[0], "upheld"), decide_case("max", items[1], "dismissed"))
        assert refused == [None, None]
        with forum.app_context():
            decided = session.get_one(IllegalNotice, notice_id)
            assert decided.decided_at is not None
            assert decided.was_right
            mails = select(func.count()).where(Mail.recipient == email, Mail.subject.startswith("Decision"))
            assert session.scalar(mails) == 1


def decide_case(name: str, item_id: int, how: str) -> Act:
    def act(_: int) -> None:
        item = cases.find_report_case(named(name), item_id)
        decisions.decide_reports(named(name), item, how, answer="So.")

    return act
