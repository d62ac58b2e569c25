"""Warnings: who may warn whom, what the points lead to, and what withdrawing takes back."""

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from forum.decisions.actions import Grounds
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.members import sanctions
from forum.members.bans.holds import lift_hold
from forum.models import (
    AccessLevel,
    Decision,
    Member,
    MemberWarning,
    Notification,
    Sanction,
    Visibility,
    WarningKind,
)
from forum.moderation.warnings import giving, lists, thresholds
from forum.site.mutes import Muted, mutes_of
from forum.threads import actions
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, a_threshold, a_warning_kind, an_entry
from tests.parts import examples

FOR_GOOD = None


def in_force(member: Member) -> dict[str, int | None]:
    """What is in force against a member in the whole forum, with the threshold that imposed it."""
    now = clock.now()
    rows = session.scalars(select(Sanction).where(Sanction.member_id == member.id, Sanction.ended_at.is_(None)))
    return {row.kind: row.for_points for row in rows if row.until is None or row.until > now}


def test_the_member_is_told_what_for_and_keeps_the_text_of_the_post(app_in_context: Flask) -> None:
    mona, ben = a_member(role="moderator"), a_member("ben")
    post = a_post(by=ben, body="You *fools*")
    warning = giving.warn(mona, ben, a_warning_kind(points=2, days=30), grounds=Grounds("Mind", "Be kind"), post=post)
    told = session.scalars(select(Decision).where(Decision.member_id == ben.id)).one()
    assert (told.kind, told.reason, told.rule, told.text) == ("warning", "Mind", "Be kind", "You *fools*")
    assert warning.decision_id == told.id
    notification = session.scalars(select(Notification).where(Notification.member_id == ben.id)).one()
    assert notification.subject == f"decision:{told.id}"
    assert lists.points_of(ben) == 2


def test_points_count_until_they_expire(app_in_context: Flask) -> None:
    mona, ben = a_member(role="moderator"), a_member("ben")
    giving.warn(mona, ben, a_warning_kind(points=2, days=10))
    giving.warn(mona, ben, a_warning_kind(points=3, days=FOR_GOOD))
    assert lists.points_of(ben) == 5
    with clock.frozen_at(clock.now() + timedelta(days=9)):
        assert lists.points_of(ben) == 5
    with clock.frozen_at(clock.now() + timedelta(days=11)):
        assert lists.points_of(ben) == 3
        warnings, _ = lists.warnings_on_page(mona, "in-force", 1)
        assert [each.points for each in warnings] == [3]
        assert [each.points for each in lists.warnings_on_page(mona, "ended", 1)[0]] == [2]


def test_a_threshold_acts_when_points_reach_it_and_not_again_above_it(app_in_context: Flask) -> None:
    mona, ben, kind = a_member(role="moderator"), a_member("ben"), a_warning_kind(points=2)
    a_threshold(4, "mute", days=7)
    giving.warn(mona, ben, kind)
    assert in_force(ben) == {}
    giving.warn(mona, ben, kind)
    assert in_force(ben) == {"mute": 4}
    sanctions.unmute(mona, ben, board_id=None)
    giving.warn(mona, ben, kind)
    assert in_force(ben) == {}


def test_thresholds_mute_ban_and_hold_posts(app_in_context: Flask) -> None:
    mona, board = a_member(role="moderator"), a_board()
    for number, act in enumerate(("hold", "mute", "ban")):
        a_threshold(number + 1, act, days=7)
    held, muted, banned = (a_member() for _ in range(3))
    for number, member in enumerate((held, muted, banned)):
        giving.warn(mona, member, a_warning_kind(points=number + 1))
    assert actions.start_thread(held, board, title="A title", body="Words").visibility == Visibility.HELD
    with pytest.raises(Muted):
        actions.start_thread(muted, board, title="A title", body="Words")
    assert banned.is_banned
    assert in_force(banned) == {"hold": 1, "mute": 2, "ban": 3}
    kinds = set(session.scalars(select(Decision.kind).where(Decision.member_id == banned.id)))
    assert kinds == {"warning", "hold", "mute", "ban"}
    lift_hold(mona, held)
    assert actions.start_thread(held, board, title="Another title", body="More words").is_public


def test_what_a_warning_did_is_lifted_when_it_is_withdrawn(app_in_context: Flask) -> None:
    mona, ben = a_member(role="moderator"), a_member("ben")
    a_threshold(3, "ban", days=FOR_GOOD)
    warning = giving.warn(mona, ben, a_warning_kind(points=3))
    assert ben.is_banned
    giving.withdraw(mona, warning, reason="A mistake")
    assert not ben.is_banned
    assert lists.points_of(ben) == 0
    assert session.scalar(select(func.count(Decision.id)).where(Decision.ended_at.is_(None))) == 0
    assert session.scalar(select(func.count(Notification.id)).where(Notification.member_id == ben.id)) == 0
    with pytest.raises(Conflict):
        giving.withdraw(mona, warning)


def test_what_other_warnings_reach_too_stays(app_in_context: Flask) -> None:
    mona, ben, kind = a_member(role="moderator"), a_member("ben"), a_warning_kind(points=2)
    a_threshold(4, "mute", days=7)
    first, second, third = (giving.warn(mona, ben, kind) for _ in range(3))
    giving.withdraw(mona, first)
    assert in_force(ben) == {"mute": 4}
    giving.withdraw(mona, third)
    assert in_force(ben) == {}
    assert not second.withdrawn_at


def test_a_threshold_shortens_nothing_and_restores_what_it_replaced(app_in_context: Flask) -> None:
    mona, ben = a_member(role="moderator"), a_member("ben")
    a_threshold(3, "mute", days=7)
    sanctions.mute(mona, ben, board_id=None, reason="Long", until=clock.now() + timedelta(days=30))
    giving.warn(mona, ben, a_warning_kind(points=3))
    assert in_force(ben) == {"mute": None}
    anna = a_member("anna")
    sanctions.mute(mona, anna, board_id=None, reason="Short", until=clock.now() + timedelta(days=2))
    warning = giving.warn(mona, anna, a_warning_kind(points=3))
    assert in_force(anna) == {"mute": 3}
    giving.withdraw(mona, warning)
    assert [mute.reason for mute in mutes_of(anna)] == ["Short"]
    decisions = session.scalars(select(Decision).where(Decision.member_id == anna.id, Decision.ended_at.is_(None)))
    assert [(each.kind, each.reason) for each in decisions] == [("mute", "Short")]


def test_what_a_moderator_decided_since_stays_when_the_warning_is_withdrawn(app_in_context: Flask) -> None:
    mona, ben = a_member(role="moderator"), a_member("ben")
    a_threshold(3, "mute", days=7)
    warning = giving.warn(mona, ben, a_warning_kind(points=3))
    sanctions.mute(mona, ben, board_id=None, reason="By hand")
    giving.withdraw(mona, warning)
    assert in_force(ben) == {"mute": None}


def test_of_several_thresholds_of_one_act_the_longest_counts(app_in_context: Flask) -> None:
    a_threshold(1, "mute", days=30)
    a_threshold(2, "mute", days=3)
    a_threshold(3, "ban", days=1)
    assert [(row.act, row.days) for row in thresholds.reached(0, 3)] == [("mute", 30), ("ban", 1)]
    assert thresholds.reached(3, 9) == []


def test_moderators_warn_members_of_a_lower_rank_only(app_in_context: Flask) -> None:
    mona, max_, olaf = a_member(role="moderator"), a_member(role="moderator"), a_member(role="admin")
    ben = a_member("ben")
    allowed = [(a.username, b.username) for a in (ben, mona, olaf) for b in (ben, max_, olaf) if giving.may_warn(a, b)]
    assert allowed == [("" + mona.username, "ben"), (olaf.username, "ben"), (olaf.username, max_.username)]
    assert not giving.may_warn(None, ben)
    with pytest.raises(Forbidden):
        giving.warn(mona, max_, a_warning_kind())


def test_who_moderates_a_board_warns_for_its_posts_only(app_in_context: Flask) -> None:
    anna, ben = a_member("anna"), a_member("ben")
    theirs, other = a_board(), a_board()
    group = a_group("Helpers", anna)
    a_list(theirs, an_entry(group, AccessLevel.START, moderates=True), an_entry(a_group("All", ben)))
    here, there = a_post(thread=a_thread(board=theirs, by=anna), by=ben), a_post(thread=a_thread(board=other), by=ben)
    assert giving.may_warn(anna, ben, here)
    assert not giving.may_warn(anna, ben, there)
    assert not giving.may_warn(anna, ben)
    giving.warn(anna, ben, a_warning_kind(), post=here)


def test_a_warning_needs_a_kind_in_use_and_a_post_by_the_member(app_in_context: Flask) -> None:
    mona, ben = a_member(role="moderator"), a_member("ben")
    for kind, post, grounds in (
        (None, None, Grounds()),
        (a_warning_kind(is_active=False), None, Grounds()),
        (a_warning_kind(), a_post(), Grounds()),
        (a_warning_kind(), None, Grounds("x" * 201)),
    ):
        with pytest.raises(Invalid):
            giving.warn(mona, ben, kind, post=post, grounds=grounds)
    assert session.scalar(select(func.count(MemberWarning.id))) == 0


def test_who_warns_without_having_seen_the_latest_warning_is_asked_to_look(app_in_context: Flask) -> None:
    mona, ben, kind = a_member(role="moderator"), a_member("ben"), a_warning_kind()
    seen = lists.latest_id(ben)
    giving.warn(mona, ben, kind, seen=seen)
    with pytest.raises(Conflict):
        giving.warn(mona, ben, kind, seen=seen)
    giving.warn(mona, ben, kind, seen=lists.latest_id(ben))


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 5)), max_size=12))
def test_after_any_warnings_and_withdrawals_nothing_is_in_force_that_no_points_reached(
    app_in_context: Flask, steps: list[tuple[bool, int, int]]
) -> None:
    with session.begin_nested() as savepoint:
        mona, ben = a_member(role="moderator"), a_member()
        for points, act in ((2, "hold"), (4, "mute"), (6, "ban")):
            a_threshold(points, act, days=FOR_GOOD)
        kinds = [a_warning_kind(points=points) for points in range(4)]
        given_: list[MemberWarning] = []
        for withdraws, which, at_ in steps:
            if withdraws and given_:
                giving.withdraw(mona, given_.pop(at_ % len(given_)))
            else:
                given_.append(giving.warn(mona, ben, kinds[which]))
        points = sum(warning.points for warning in given_)
        assert lists.points_of(ben) == points
        assert all(reached <= points for reached in in_force(ben).values() if reached)
        if not given_:
            assert in_force(ben) == {}
        savepoint.rollback()


def test_kinds_that_are_not_in_use_are_not_offered(app_in_context: Flask) -> None:
    a_warning_kind(is_active=False)
    shown = a_warning_kind()
    assert lists.kinds_in_use() == [shown]
    assert session.scalar(select(func.count(WarningKind.id))) == 2
