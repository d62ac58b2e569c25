"""Reports that weigh enough hide a post until a moderator looks; every count holds before and after."""

import pytest
from flask import Flask

from forum.archive.check import check
from forum.decisions.actions import Grounds
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.members import sanctions
from forum.models import LogEntry, Member, Post, Thread, Visibility
from forum.moderation import tools
from forum.moderation.reports import cases, decisions, making
from forum.moderation.reports.reporters import TrackRecord
from forum.reactions.actions import react
from forum.site.actions import bump_version, set_value
from forum.threads import actions
from forum.threads.queries import find_post
from tests.factories import a_ban, a_member, a_newcomer, a_post, a_thread

ENOUGH = 3


@pytest.fixture(autouse=True)
def _hiding(app_in_context: Flask) -> None:
    set_value("report_hide_weight", ENOUGH)
    bump_version()


def report(post: Post, *reporters: Member) -> int:
    """Report a post as some members; returns the id of the case."""
    for reporter in reporters:
        item_id = making.report_post(reporter, post, kind="spam").item_id
    return item_id


def members(number: int) -> list[Member]:
    return [a_member() for _ in range(number)]


def a_reply(by: Member | None = None) -> Post:
    """A reply with a reaction, so that there is something to count."""
    post = a_post(thread=a_thread(), by=by or a_member())
    react(a_member(), post, kind="like")
    return post


def decide(item_id: int, decision: str, **more: object) -> None:
    """Decide a case as a moderator who has just opened it."""
    mona = a_member(role="moderator")
    decisions.decide_reports(mona, cases.find_report_case(mona, item_id), decision, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("decision", "deletes", "after"),
    [
        ("dismissed", False, Visibility.PUBLIC),
        ("dismissed", True, Visibility.PUBLIC),
        ("upheld", True, Visibility.DELETED),
        ("upheld", False, Visibility.REJECTED),
    ],
)
@pytest.mark.parametrize("is_first", [False, True])
def test_a_post_is_held_by_enough_reports_and_a_decision_settles_it(
    decision: str, deletes: bool, after: Visibility, is_first: bool
) -> None:
    reply = a_reply()
    post = find_post(None, reply.id - 1) if is_first else reply
    part: Thread | Post = post.thread if is_first else post
    report(post, *members(ENOUGH - 1))
    assert part.is_public
    item_id = report(post, a_member())
    assert part.visibility == Visibility.HELD
    assert list(check()) == []
    with pytest.raises(NotFound):
        find_post(a_member(), post.id)
    assert find_post(post.author, post.id) is post
    decide(item_id, decision, deletes=deletes, grounds=Grounds("pills"))
    assert part.visibility == after
    assert part.delete_reason == ("pills" if after == Visibility.DELETED else "")
    assert list(check()) == []


def test_what_was_rejected_is_public_again_when_the_case_is_opened_again_and_dismissed() -> None:
    post, mona = a_reply(), a_member(role="moderator")
    item_id = report(post, *members(ENOUGH))
    decide(item_id, "upheld")
    item = cases.find_report_case(mona, item_id)
    decisions.reopen(mona, item)
    decisions.decide_reports(mona, item, "dismissed")
    assert post.is_public
    assert list(check()) == []


def test_what_a_moderator_deleted_meanwhile_stays_deleted() -> None:
    post, mona = a_reply(), a_member(role="moderator")
    item_id = report(find_post(mona, post.id - 1), *members(ENOUGH))
    tools.delete_thread(mona, post.thread, reason="spam")
    decide(item_id, "dismissed")
    assert post.thread.is_deleted
    assert list(check()) == []


def test_a_post_of_staff_is_never_hidden() -> None:
    for role in ("moderator", "admin"):
        post = a_reply(a_member(role=role))
        report(post, *members(ENOUGH + 2))
        assert post.is_public


def test_new_accounts_and_the_banned_and_muted_cannot_hide_the_post_of_a_rival() -> None:
    post, banned, muted = a_reply(), a_member(), a_member()
    report(post, *(a_newcomer() for _ in range(10)), banned)
    a_ban(banned)
    sanctions.impose_mute(None, muted, board_id=None)
    report(post, muted, *members(ENOUGH - 1))
    assert post.is_public
    making.report_post(a_member(), post, kind="spam")
    assert post.visibility == Visibility.HELD


def test_who_was_often_wrong_weighs_little_and_who_was_often_right_weighs_more() -> None:
    liar, expert = a_member(), a_member()
    for _ in range(4):
        decide(report(a_reply(), liar), "dismissed")
        decide(report(a_reply(), expert), "upheld")
    weights = (TrackRecord(0, 4).weight, TrackRecord().weight, TrackRecord(1, 1).weight, TrackRecord(4, 4).weight)
    assert weights == (0.2, 1, 2, 3)
    post = a_reply()
    report(post, *members(ENOUGH - 1), liar)
    assert post.is_public
    other = a_reply()
    report(other, expert)
    assert other.visibility == Visibility.HELD


def test_a_text_that_a_moderator_has_found_right_is_not_hidden_by_others_until_it_is_edited() -> None:
    ben = a_member()
    post = a_reply(ben)
    decide(report(post, *members(ENOUGH)), "dismissed")
    report(post, *members(ENOUGH + 1))
    assert post.is_public
    actions.edit_post(ben, post, body="Pills after all.")
    report(post, a_member())
    assert post.visibility == Visibility.HELD


def test_the_log_does_not_tell_the_author_which_post_was_reported() -> None:
    post = a_reply()
    item_id = report(post, *members(ENOUGH))
    session.flush()
    entry = session.query(LogEntry).filter_by(action="hide-reported").one()
    assert (entry.target, entry.actor_id) == (f"report:{item_id}", None)


def test_nothing_is_hidden_by_default() -> None:
    set_value("report_hide_weight", 0)
    bump_version()
    post = a_reply()
    report(post, *members(10))
    assert post.is_public
