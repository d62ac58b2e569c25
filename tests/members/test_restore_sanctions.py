"""Undoing a ban, mute or hold, or granting an appeal against it, restores what was in force before, with its rule."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum.admin.undo.actions import find_logged, undo
from forum.infra import clock
from forum.infra.database.db import session
from forum.members import sanctions
from forum.members.bans import actions as bans
from forum.members.bans.holds import hold, lift_hold
from forum.members.bans.thread_bans import ban_from_thread, unban_from_thread
from forum.models import Decision, LogEntry, Member, Notification, Sanction, SignupBlock, Thread
from forum.moderation import queue, reviews
from forum.moderation.appeals import deciding, making
from forum.moderation.cleaning.plan import Plan
from forum.moderation.warnings import giving
from forum.site.actions import set_value
from forum.threads import actions
from tests.factories import a_member, a_post, a_thread, a_threshold, a_warning_kind
from tests.moderation.cleaning.scenes import clean
from tests.moderation.cleaning.scenes import undo as undo_cleaning

Impose = Callable[..., None]
Act = tuple[Impose, Callable[[], object]]


class Scene:
    """A member, and two moderators who decide about them."""

    def __init__(self) -> None:
        self.anna, self.mona = a_member("anna"), a_member("mona", role="moderator")
        self.max, self.thread = a_member("max", role="moderator"), a_thread()


@pytest.fixture
def scene(app_in_context: Flask) -> Scene:
    return Scene()


def act_of(kind: str, anna: Member, mona: Member, thread: Thread) -> tuple[Impose, Callable[[], object]]:
    """How to impose a kind of sanction, and to lift it."""

    def mute(actor: Member, member: Member, **told: object) -> None:
        sanctions.mute(actor, member, board_id=None, **told)  # type: ignore[arg-type]

    def from_thread(actor: Member, member: Member, **told: object) -> None:
        ban_from_thread(actor, member, thread, **told)  # type: ignore[arg-type]

    acts: dict[str, tuple[Impose, Callable[[], object]]] = {
        "ban": (sanctions.ban, lambda: sanctions.unban(mona, anna)),
        "mute": (mute, lambda: sanctions.unmute(mona, anna, board_id=None)),
        "hold": (hold, lambda: lift_hold(mona, anna)),
        "thread": (from_thread, lambda: unban_from_thread(mona, anna, thread)),
    }
    return acts[kind]


@pytest.fixture(params=["ban", "mute", "hold", "thread"])
def act(request: pytest.FixtureRequest, scene: Scene) -> Act:
    return act_of(request.param, scene.anna, scene.mona, scene.thread)


def in_force() -> list[tuple[object, ...]]:
    """What is in force against members, whole."""
    rows = session.scalars(
        select(Sanction).where(Sanction.ended_at.is_(None)), execution_options={"populate_existing": True}
    )
    columns = ("id", "member_id", "kind", "scope", "created_at", "until", "reason", "by_id", "for_points")
    return [tuple(getattr(row, name) for name in columns) for row in rows]


def told() -> list[tuple[object, ...]]:
    """The decisions in force, whole, and which of them the member is told of."""
    rows = select(Decision).where(Decision.ended_at.is_(None)).order_by(Decision.id)
    found = session.scalars(rows, execution_options={"populate_existing": True})
    told_of = {row.subject for row in session.scalars(select(Notification).where(Notification.kind == "decision"))}
    return [(row.id, row.rule, row.reason, row.at, f"decision:{row.id}" in told_of) for row in found]


def undo_latest(actor: Member) -> None:
    session.flush()
    entry = session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()
    undo(actor, find_logged(actor, entry.id, actions=()))


def test_undoing_a_sanction_brings_back_the_one_that_it_replaced_as_it_was(scene: Scene, act: Act) -> None:
    impose, _ = act
    with clock.frozen_at(clock.now() - timedelta(hours=1)):
        impose(scene.mona, scene.anna, reason="Rude", rule="Be kind", until=clock.now() + timedelta(days=9))
    before = in_force(), told()
    impose(scene.max, scene.anna, reason="Worse", rule="No threats")
    undo_latest(scene.max)
    assert (in_force(), told()) == before


def test_undoing_that_a_sanction_was_lifted_brings_it_back_as_it_was(scene: Scene, act: Act) -> None:
    impose, lift = act
    with clock.frozen_at(clock.now() - timedelta(hours=1)):
        impose(scene.max, scene.anna, reason="Rude", rule="Be kind")
    before = in_force(), told()
    lift()
    undo_latest(scene.mona)
    assert (in_force(), told()) == before
    undo_latest(scene.mona)
    assert in_force() == []
    undo_latest(scene.mona)
    assert (in_force(), told()) == before


def test_an_appeal_that_is_granted_brings_back_what_the_decision_had_replaced(scene: Scene, act: Act) -> None:
    impose, _ = act
    with clock.frozen_at(clock.now() - timedelta(hours=1)):
        impose(scene.mona, scene.anna, reason="Rude", rule="Be kind", until=clock.now() + timedelta(days=9))
    before = in_force(), told()
    impose(scene.mona, scene.anna, reason="Worse")
    grant_appeal(scene)
    assert (in_force(), told()) == before


def grant_appeal(scene: Scene) -> None:
    newest = session.scalars(select(Decision).order_by(Decision.id.desc()).limit(1)).one()
    appeal = making.appeal(scene.anna, newest, "It was within the rules.")
    found = deciding.find_appeal(scene.max, appeal.item_id)
    deciding.decide_appeal(scene.max, found, "reverse", reason="I have looked at it.")


def test_what_was_replaced_stays_ended_if_its_time_is_over(scene: Scene, act: Act) -> None:
    impose, _ = act
    start = clock.now()
    impose(scene.mona, scene.anna, reason="Rude", until=start + timedelta(days=1))
    impose(scene.mona, scene.anna, reason="Worse", until=start + timedelta(days=9))
    with clock.frozen_at(start + timedelta(days=2)):
        undo_latest(scene.max)
        assert in_force() == []


def test_an_appeal_that_was_granted_is_not_brought_back_by_another(scene: Scene, act: Act) -> None:
    impose, _ = act
    with clock.frozen_at(clock.now() - timedelta(hours=1)):
        impose(scene.mona, scene.anna, reason="Rude")
    first = session.scalars(select(Decision)).one()
    appeal = making.appeal(scene.anna, first, "It was within the rules.")
    impose(scene.mona, scene.anna, reason="Worse")
    found = deciding.find_appeal(scene.max, appeal.item_id)
    deciding.decide_appeal(scene.max, found, "reverse", reason="I have looked at it.")
    grant_appeal(scene)
    assert in_force() == []


def test_undoing_that_an_appeal_lifted_a_sanction_is_a_decision_that_can_be_appealed_against(
    scene: Scene, act: Act
) -> None:
    impose, _ = act
    impose(scene.mona, scene.anna, reason="Rude")
    grant_appeal(scene)
    session.flush()
    lifted = select(LogEntry).where(LogEntry.action.startswith("un")).order_by(LogEntry.id.desc()).limit(1)
    undo(scene.max, find_logged(scene.max, session.scalars(lifted).one().id, actions=()))
    first, again = session.scalars(
        select(Decision).order_by(Decision.id), execution_options={"populate_existing": True}
    ).all()
    assert (first.ended_at is None, again.ended_at, again.reason) == (False, None, "Rude")
    assert making.appeal(scene.anna, again, "Once more.").decision_id == again.id


def test_a_sanction_for_points_is_still_one_when_it_is_brought_back(scene: Scene) -> None:
    a_threshold(3, act="ban", days=None)
    warning = giving.warn(scene.mona, scene.anna, a_warning_kind(points=3))
    before = in_force()
    sanctions.ban(scene.mona, scene.anna, reason="Worse")
    undo_latest(scene.mona)
    assert in_force() == before
    giving.withdraw(scene.mona, warning)
    assert in_force() == []


def test_undoing_a_cleaning_brings_back_the_ban_before_it_as_it_was(scene: Scene) -> None:
    with clock.frozen_at(clock.now() - timedelta(hours=1)):
        sanctions.ban(scene.max, scene.anna, reason="Rude", rule="Be kind", until=clock.now() + timedelta(days=9))
    before = in_force()
    cleaning = clean(scene.mona, scene.anna, Plan())
    assert in_force() != before
    undo_cleaning(scene.mona, cleaning)
    assert in_force() == before


def test_undoing_a_block_brings_back_the_one_that_it_replaced(scene: Scene) -> None:
    first = bans.block(scene.mona, "spam.example", until=None, reason="A mill of accounts")
    bans.block(scene.max, "spam.example", until=clock.now() + timedelta(days=3), reason="Only for now")
    undo_latest(scene.mona)
    rows = session.scalars(select(SignupBlock), execution_options={"populate_existing": True}).all()
    assert [row.id for row in rows if row.ended_at is None] == [first.id]


def test_what_is_done_again_by_undoing_cites_its_rule_again(scene: Scene) -> None:
    post = a_post(thread=scene.thread, by=scene.anna)
    actions.delete_post(scene.mona, post, reason="Rude", rule="Be kind")
    undo_latest(scene.mona)
    assert told() == []
    undo_latest(scene.mona)
    assert [row[1:3] for row in told()] == [("Be kind", "Rude")]


def test_a_rejection_that_is_done_again_cites_its_rule_again(scene: Scene) -> None:
    set_value("hold_first_posts", 1000)
    post = a_post(thread=scene.thread, by=scene.anna)
    queue.reject(scene.mona, reviews.newest_case(scene.mona, post.id), reason="Rude", rule="Be kind")
    undo_latest(scene.mona)
    undo_latest(scene.mona)
    assert [row[1:3] for row in told()] == [("Be kind", "Rude")]
