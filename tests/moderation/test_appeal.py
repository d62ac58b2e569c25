"""Appeals: once for each decision, decided by another moderator, and reversing undoes the act itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum.accounts.erasing import clear_row
from forum.archive.check import check
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid, NotFound
from forum.members import sanctions
from forum.members.bans import thread_bans
from forum.models import (
    Appeal,
    Decision,
    DecisionKind,
    Member,
    Notification,
    Post,
    ReviewItem,
    ReviewKind,
    SpamCleaning,
    ThresholdAct,
    WarningThreshold,
)
from forum.moderation import queue, reviews, tools
from forum.moderation.appeals import deciding, making
from forum.moderation.appeals.reversals import REVERSALS
from forum.moderation.cleaning.plan import BanChoice, Plan
from forum.moderation.open_count import waiting_count
from forum.moderation.reports import cases
from forum.moderation.reports.decisions import decide_reports
from forum.moderation.reports.making import report_post
from forum.moderation.statistics.waiting import figures_for
from forum.moderation.warnings import giving
from forum.moderation.warnings.lists import points_of
from forum.site.actions import set_value
from forum.threads import actions
from forum.threads.queries import find_thread
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, a_warning_kind, an_entry
from tests.moderation.cleaning.scenes import clean, finish

BODY = "What I wrote myself"


class Scene:
    """A member, the moderator who decides about them, and another one."""

    def __init__(self) -> None:
        self.anna, self.mona = a_member("anna"), a_member("mona", role="moderator")
        self.max = a_member("max", role="moderator")
        self.thread = a_thread(by=self.anna, title="The first title", body=BODY)
        self.post = a_post(thread=self.thread, by=self.anna, body=BODY)

    def decision(self) -> Decision:
        return session.scalars(select(Decision).order_by(Decision.id)).all()[0]

    def appeal(self) -> Appeal:
        return making.appeal(self.anna, self.decision(), "It was within the rules.")

    def decide(self, actor: Member, how: str, appeal: Appeal | None = None) -> None:
        found = deciding.find_appeal(actor, (appeal or self.appeal()).item_id)
        deciding.decide_appeal(actor, found, how, reason="I have looked at it.")


@pytest.fixture
def scene(app_in_context: Flask) -> Scene:
    return Scene()


def delete_post(scene: Scene) -> Callable[[], bool]:
    actions.delete_post(scene.mona, scene.post, reason="Rude")
    return lambda: scene.post.is_public


def delete_thread(scene: Scene) -> Callable[[], bool]:
    tools.delete_thread(scene.mona, scene.thread, reason="Rude")
    return lambda: scene.thread.is_public


def edit_post(scene: Scene) -> Callable[[], bool]:
    actions.edit_post(scene.mona, scene.post, body="What a moderator wrote")
    return lambda: scene.post.source == BODY


def edit_title(scene: Scene) -> Callable[[], bool]:
    actions.change_title(scene.mona, scene.thread, title="Another title")
    return lambda: scene.thread.title == "The first title"


def reject_post(scene: Scene) -> Callable[[], bool]:
    set_value("hold_first_posts", 1000)
    post = a_post(thread=scene.thread, by=scene.anna)
    queue.reject(scene.mona, reviews.newest_case(scene.mona, post.id), reason="Rude")
    return lambda: post.is_public and post.was_published


def reject_reported_post(scene: Scene) -> Callable[[], bool]:
    set_value("report_hide_weight", 1)
    item = report_post(a_member(), scene.post, kind="abuse").item
    decide_reports(scene.mona, cases.find_report_case(scene.mona, item.id), "upheld")
    return lambda: scene.post.is_public


def ban(scene: Scene) -> Callable[[], bool]:
    sanctions.ban(scene.mona, scene.anna, reason="Rude")
    return lambda: not scene.anna.is_banned


def mute(scene: Scene) -> Callable[[], bool]:
    sanctions.mute(scene.mona, scene.anna, board_id=scene.thread.board_id, reason="Rude")
    return lambda: not scene.anna.is_muted


def ban_from_thread(scene: Scene) -> Callable[[], bool]:
    thread_bans.ban_from_thread(scene.mona, scene.anna, scene.thread, reason="Rude")
    return lambda: thread_bans.bans_from_thread(scene.thread) == []


def warn(scene: Scene) -> Callable[[], bool]:
    giving.warn(scene.mona, scene.anna, a_warning_kind(points=2), post=scene.post)
    return lambda: points_of(scene.anna) == 0


def warn_until_posts_wait(scene: Scene) -> Callable[[], bool]:
    session.add(WarningThreshold(points=2, act=ThresholdAct.HOLD, days=3))
    giving.warn(scene.mona, scene.anna, a_warning_kind(points=2), post=scene.post)
    return lambda: a_post(thread=find_thread(scene.mona, scene.thread.id), by=scene.anna).is_public


def reject_edit(scene: Scene) -> Callable[[], bool]:
    set_value("held_words", "pills")
    actions.edit_post(scene.anna, scene.post, body="Buy pills")
    queue.decide(scene.mona, reviews.newest_case(scene.mona, scene.post.id), decision="reject")
    return lambda: scene.post.source == "Buy pills"


def clean_up(scene: Scene) -> Callable[[], bool]:
    clean(scene.mona, scene.anna, Plan(ban=BanChoice.NONE))

    def is_undone() -> bool:
        for cleaning in session.scalars(select(SpamCleaning)):
            finish(cleaning)
        return find_thread(scene.mona, scene.thread.id).is_public

    return is_undone


ACTS = (
    *(delete_post, delete_thread, edit_post, edit_title, reject_post, reject_reported_post, ban, mute),
    *(ban_from_thread, warn, warn_until_posts_wait, reject_edit, clean_up),
)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_reversing_undoes_the_act_itself(scene: Scene, act: Callable[[Scene], Callable[[], bool]]) -> None:
    is_undone = act(scene)
    decision = scene.decision()
    assert not is_undone()
    scene.decide(scene.max, "reverse")
    session.expire_all()
    assert is_undone()
    assert decision.ended_at is not None
    assert session.scalars(select(Decision).where(Decision.ended_at.is_(None))).all() == []
    assert list(check()) == []


def test_every_kind_of_decision_can_be_undone() -> None:
    assert set(DecisionKind) == set(REVERSALS)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_upholding_leaves_everything_as_it_is_and_tells_the_member(
    scene: Scene, act: Callable[[Scene], Callable[[], bool]]
) -> None:
    is_undone = act(scene)
    scene.decide(scene.max, "uphold")
    assert not is_undone()
    decision = scene.decision()
    assert decision.ended_at is None
    told = session.scalars(select(Notification).where(Notification.kind == "appeal-answered")).one()
    assert (told.member_id, told.subject, told.actor_id) == (scene.anna.id, f"decision:{decision.id}", None)
    appeal = making.appeal_against(decision)
    assert appeal is not None
    assert (appeal.item.decision, appeal.item.answer) == ("uphold", "I have looked at it.")


def test_what_was_changed_again_meanwhile_stays(scene: Scene) -> None:
    actions.edit_post(scene.mona, scene.post, body="What a moderator wrote")
    actions.edit_post(scene.anna, scene.post, body="What I wrote later")
    scene.decide(scene.max, "reverse")
    assert scene.post.source == "What I wrote later"
    assert scene.decision().ended_at is not None


def test_a_later_ban_stands_although_the_appeal_against_the_first_is_right(scene: Scene) -> None:
    sanctions.ban(scene.mona, scene.anna, reason="Rude")
    appeal = scene.appeal()
    sanctions.ban(scene.mona, scene.anna, reason="Rude again")
    scene.decide(scene.max, "reverse", appeal)
    assert scene.anna.is_banned


def test_an_appeal_is_made_once(scene: Scene) -> None:
    delete_post(scene)
    first = scene.appeal()
    assert making.appeal(scene.anna, scene.decision(), "Once more.").id == first.id
    assert session.scalars(select(Appeal.words)).all() == ["It was within the rules."]
    scene.decide(scene.max, "uphold", first)
    assert making.appeal(scene.anna, scene.decision(), "And again.").item.decided_at is not None
    assert len(session.scalars(select(ReviewItem)).all()) == 1


def test_several_decisions_about_a_post_or_a_member_are_appealed_against_side_by_side(scene: Scene) -> None:
    edit_post(scene)
    delete_post(scene)
    sanctions.mute(scene.mona, scene.anna, board_id=None, reason="Rude")
    ban(scene)
    for decision in session.scalars(select(Decision)).all():
        making.appeal(scene.anna, decision, "No.")
    assert len(cases.cases_on_page(scene.max, "open", 1, kind=ReviewKind.APPEAL)[0]) == 4
    assert waiting_count(scene.max) == figures_for(scene.max).open == 4
    assert cases.cases_on_page(scene.max, "open", 1)[0] == []  # not among the reports


def test_it_needs_words_within_the_time_by_the_member_themselves(scene: Scene) -> None:
    delete_post(scene)
    decision = scene.decision()
    for words, most in (("  ", 1), ("x" * 2001, 2000)):
        with pytest.raises(Invalid):
            making.appeal(scene.anna, decision, words)
        assert most
    with pytest.raises(NotFound):
        making.appeal(scene.max, decision, "Not mine.")
    set_value("appeal_days", 10)
    with clock.frozen_at(clock.now() + timedelta(days=10, minutes=1)), pytest.raises(Forbidden):
        making.appeal(scene.anna, decision, "Too late.")
    set_value("appeal_days", 0)
    with pytest.raises(Forbidden):
        making.appeal(scene.anna, decision, "Never.")
    assert session.scalars(select(Appeal)).all() == []


def test_nothing_is_appealed_against_that_is_no_longer_in_force(scene: Scene) -> None:
    delete_post(scene)
    actions.undelete_post(scene.mona, scene.post)
    with pytest.raises(Conflict):
        scene.appeal()


def test_who_took_the_decision_does_not_decide_the_appeal(scene: Scene) -> None:
    delete_post(scene)
    appeal = scene.appeal()
    with pytest.raises(Forbidden, match="another moderator"):
        scene.decide(scene.mona, "uphold", appeal)
    assert not scene.post.is_public
    keeper = a_member("keeper")
    a_list(a_board("Elsewhere"), an_entry(a_group(None, keeper), moderates=True))
    for stranger in (keeper, a_member("plain"), scene.anna):
        with pytest.raises(NotFound):
            deciding.find_appeal(stranger, appeal.item_id)


def test_an_admin_decides_about_their_own_decision_only_while_no_other_moderator_can(app_in_context: Flask) -> None:
    olaf, anna = a_member(role="admin"), a_member()
    post = a_post(thread=a_thread(), by=anna)
    actions.delete_post(olaf, post, reason="Rude")
    decision = session.scalars(select(Decision)).one()
    appeal = making.appeal(anna, decision, "No.")
    assert deciding.may_decide(olaf, deciding.find_appeal(olaf, appeal.item_id))
    other = a_member(role="moderator")
    assert not deciding.may_decide(olaf, deciding.find_appeal(olaf, appeal.item_id))
    sanctions.ban(olaf, other)
    assert deciding.may_decide(olaf, deciding.find_appeal(olaf, appeal.item_id))


def test_a_moderator_who_is_alone_waits_for_another(app_in_context: Flask) -> None:
    mona, anna = a_member(role="moderator"), a_member()
    actions.delete_post(mona, a_post(thread=a_thread(), by=anna), reason="Rude")
    appeal = making.appeal(anna, session.scalars(select(Decision)).one(), "No.")
    assert not deciding.may_decide(mona, deciding.find_appeal(mona, appeal.item_id))


def test_a_moderator_does_not_see_their_own_appeal_among_what_waits(scene: Scene) -> None:
    olaf = a_member(role="admin")
    post = a_post(thread=scene.thread, by=scene.mona)
    actions.delete_post(olaf, post, reason="Rude")
    appeal = making.appeal(scene.mona, scene.decision(), "No.")
    assert (waiting_count(scene.mona), waiting_count(scene.max)) == (0, 1)
    with pytest.raises(NotFound):
        deciding.find_appeal(scene.mona, appeal.item_id)


def test_a_decided_appeal_is_not_decided_again_and_needs_a_reason(scene: Scene) -> None:
    delete_post(scene)
    appeal = scene.appeal()
    with pytest.raises(Invalid):
        deciding.decide_appeal(scene.max, deciding.find_appeal(scene.max, appeal.item_id), "uphold", reason=" ")
    scene.decide(scene.max, "uphold", appeal)
    with pytest.raises(Conflict):
        scene.decide(a_member(role="admin"), "reverse", appeal)
    assert not scene.post.is_public


def test_appeals_go_with_the_account(scene: Scene) -> None:
    delete_post(scene)
    scene.appeal()
    clear_row(scene.anna)
    assert [*session.scalars(select(Appeal)), *session.scalars(select(ReviewItem))] == []
    assert waiting_count(scene.max) == 0


def test_the_appeal_about_a_post_that_is_gone_for_good_is_decided_by_who_may_ban(scene: Scene) -> None:
    delete_post(scene)
    decision = scene.decision()
    session.delete(session.get_one(Post, scene.post.id))
    session.flush()
    session.expire_all()
    scene.decide(scene.max, "reverse")
    assert decision.ended_at is not None
