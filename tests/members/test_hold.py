"""Moderators let everything that a member writes wait: told with the reason, appealed against, undone, logged."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.groups.right_actions import set_rights
from forum.admin.rules import OPERATOR
from forum.admin.undo.actions import find_logged, undo
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.members.bans.holds import hold, hold_of, lift_hold, may_hold
from forum.members.queries import member_by_name
from forum.models import Decision, LogEntry, Member, Post, Right, Sanction
from forum.moderation.appeals import deciding, making
from forum.moderation.warnings import giving
from forum.threads import actions
from tests.api.conftest import Writing
from tests.conftest import log_in, token_in
from tests.factories import (
    a_board,
    a_group,
    a_list,
    a_member,
    a_post,
    a_prepared_reason,
    a_thread,
    a_threshold,
    a_warning_kind,
    an_entry,
)


def newest_entry() -> LogEntry:
    session.flush()
    return session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()


def the_decision(kind: str = "hold") -> Decision:
    return session.scalars(select(Decision).where(Decision.kind == kind)).one()


def test_what_the_member_writes_and_edits_waits_until_the_day(app_in_context: Flask) -> None:
    mona, anna, thread = a_member(role="moderator"), a_member(), a_thread()
    before = a_post(thread=thread, by=anna, body="Public words")
    hold(mona, anna, reason="Calm down", rule="Be kind", until=clock.now() + timedelta(days=2))
    assert a_post(thread=thread, by=anna).is_held
    assert a_thread(by=anna).is_held
    actions.edit_post(anna, before, body="Other words")
    assert (before.has_held_edit, before.source) == (True, "Public words")
    told = the_decision()
    assert (told.member_id, told.reason, told.rule, told.ended_at) == (anna.id, "Calm down", "Be kind", None)
    assert newest_entry().action == "hold-member"
    assert newest_entry().details["reason"] == "Calm down"
    with clock.frozen_at(clock.now() + timedelta(days=2, seconds=1)):
        assert a_post(thread=thread, by=anna).is_public


def test_who_may_ban_a_member_may_hold_them_and_nobody_else(app_in_context: Flask) -> None:
    mona, anna, board = a_member(role="moderator"), a_member(), a_board()
    keeper = a_member()
    a_list(board, an_entry(a_group(None, keeper), moderates=True))
    assert may_hold(mona, anna)
    for actor, member in ((anna, keeper), (keeper, anna), (mona, a_member(role="admin")), (mona, mona)):
        with pytest.raises(Forbidden):
            hold(actor, member)
        with pytest.raises(Forbidden):
            lift_hold(actor, member)


def test_a_member_whose_posts_never_wait_cannot_be_held(app_in_context: Flask) -> None:
    admin, anna = a_member(role="admin"), a_member()
    set_rights(OPERATOR, a_group(None, anna), {Right.POST_WITHOUT_LIMITS})
    session.refresh(anna)
    with pytest.raises(Conflict, match="never wait"):
        hold(admin, anna)
    assert hold_of(anna) is None


def test_a_long_reason_and_a_past_day_are_refused(app_in_context: Flask) -> None:
    mona, anna = a_member(role="moderator"), a_member()
    with pytest.raises(Invalid):
        hold(mona, anna, reason="y" * 201)
    with pytest.raises(Invalid):
        hold(mona, anna, until=clock.now())


def test_holding_again_replaces_and_lifting_ends_it_with_the_decision(app_in_context: Flask) -> None:
    mona, anna, thread = a_member(role="moderator"), a_member(), a_thread()
    hold(mona, anna, reason="One")
    waiting = a_post(thread=thread, by=anna)
    hold(mona, anna, reason="Two", until=clock.now() + timedelta(days=2))
    open_ones = session.scalars(select(Sanction.reason).where(Sanction.ended_at.is_(None))).all()
    assert open_ones == ["Two"]
    assert lift_hold(mona, anna)
    assert not lift_hold(mona, anna)
    assert [row.ended_at is None for row in session.scalars(select(Decision))] == [False, False]
    assert a_post(thread=thread, by=anna).is_public
    assert waiting.is_held  # what waits is decided in the queue


def test_holding_and_lifting_are_undone_from_the_log(app_in_context: Flask) -> None:
    mona, anna = a_member(role="moderator"), a_member()
    until = clock.now() + timedelta(days=2)
    hold(mona, anna, reason="Calm down", until=until)
    held = newest_entry().id
    lift_hold(mona, anna)
    undo(mona, find_logged(mona, newest_entry().id, actions=()))
    again = hold_of(anna)
    assert again is not None
    assert (again.reason, again.until) == ("Calm down", until)
    undo(mona, find_logged(mona, newest_entry().id, actions=()))
    assert hold_of(anna) is None
    with pytest.raises(Conflict):
        undo(mona, find_logged(mona, held, actions=()))


def test_an_appeal_lifts_it_but_not_what_another_moderator_decided_since(app_in_context: Flask) -> None:
    mona, maxim, anna = a_member(role="moderator"), a_member(role="moderator"), a_member()
    hold(mona, anna, reason="Calm down")
    appeal = making.appeal(anna, the_decision(), "I was calm.")
    found = deciding.find_appeal(maxim, appeal.item_id)
    assert not deciding.may_decide(mona, found)
    deciding.decide_appeal(maxim, found, "reverse", reason="So you were.")
    assert hold_of(anna) is None
    ben = a_member()
    hold(mona, ben, reason="First")
    first = session.scalars(select(Decision).where(Decision.member_id == ben.id)).one()
    appeal = making.appeal(ben, first, "No.")
    hold(maxim, ben, reason="Second")
    deciding.decide_appeal(maxim, deciding.find_appeal(maxim, appeal.item_id), "reverse", reason="Yes.")
    left = hold_of(ben)
    assert left is not None
    assert left.reason == "Second"


def test_withdrawing_a_warning_leaves_what_a_moderator_decided(app_in_context: Flask) -> None:
    mona, anna = a_member(role="moderator"), a_member()
    a_threshold(1, "hold", days=7)
    warning = giving.warn(mona, anna, a_warning_kind(points=1))
    hold(mona, anna, reason="Longer")
    giving.withdraw(mona, warning)
    left = hold_of(anna)
    assert left is not None
    assert (left.reason, left.for_points) == ("Longer", None)


def send(client: FlaskClient, address: str, **fields: object):  # type: ignore[no-untyped-def]
    return client.post(address, data={"csrf_token": token_in(client.get("/account").text)} | fields)


@pytest.fixture
def path(writing: Writing) -> str:
    """The address of ben; mona moderates, and has a prepared reason for letting posts wait."""
    with writing():
        a_member("mona", role="moderator")
        a_prepared_reason("Heated", "It gets heated.", rule="Be kind", acts=("hold",))
        return a_member("ben").path


def test_a_moderator_holds_and_lifts_on_the_pages(client: FlaskClient, app: Flask, path: str) -> None:
    log_in(client, "mona")
    assert f"{path}/hold" in client.get(f"{path}/moderate").text
    assert 'name="prepared"' in client.get(f"{path}/hold").text
    wrong = send(client, f"{path}/hold", until="2001-01-01", reason="kept words")
    assert (wrong.status_code, "Choose a day after today." in wrong.text, "kept words" in wrong.text) == (422, 1, 1)
    sent = send(client, f"{path}/hold", prepared=1, until="2099-05-01")
    assert (sent.status_code, sent.location) == (303, f"{path}/moderate")
    shown = client.get(sent.location).text
    assert "Everything this member writes waits for approval now." in shown
    assert "It gets heated." in shown
    listed = client.get("/moderation/bans?kind=holds").text
    assert "Posts wait for approval" in listed
    assert "ben" in listed
    assert "ben" not in client.get("/moderation/bans?kind=mutes").text
    assert "It gets heated." in client.get(f"{path}/hold").text
    assert send(client, f"{path}/unhold").status_code == 303
    assert "Neither banned nor muted." in client.get(f"{path}/moderate").text
    with app.app_context():
        assert hold_of(member_by_name("ben") or Member()) is None


def test_the_member_reads_why_and_until_when_and_sees_their_posts_wait(
    client: FlaskClient, app: Flask, path: str, writing: Writing
) -> None:
    with writing():
        mona = session.scalars(select(Member).where(Member.username == "mona")).one()
        ben = session.scalars(select(Member).where(Member.username == "ben")).one()
        hold(mona, ben, reason="Calm down", rule="Be kind", until=clock.now() + timedelta(days=400))
        thread, decision = a_thread().path, the_decision().id
    log_in(client, "ben")
    assert "All that you write waits for approval for now" in client.get("/notifications").text
    page = client.get(f"/account/decisions/{decision}").text
    for words in ("Calm down", "Be kind", "In force until", 'name="words"'):
        assert words in page
    assert "mona" not in page
    answer = send(client, f"{thread}/reply", body="I am calm")
    assert "Waiting for approval" in client.get(answer.location).text
    with app.app_context():
        assert session.scalars(select(Post).where(Post.source == "I am calm")).one().is_held
    assert client.get(f"{path}/hold").status_code == 403
