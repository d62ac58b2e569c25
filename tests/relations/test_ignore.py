"""Ignoring members: who may ignore whom, and what the ignored no longer tell."""

import random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden
from forum.members import sanctions
from forum.models import IgnoredMember, Member, Notification, Role
from forum.reactions.actions import react
from forum.relations import actions, rules
from forum.relations.queries import follows, ignored_by, ignored_on_page, ignores, who_ignore
from forum.threads.actions import edit_post, reply
from tests.factories import a_member, a_post, a_thread


def kinds_told(member: Member) -> list[str]:
    return list(session.scalars(select(Notification.kind).filter_by(member_id=member.id).order_by(Notification.id)))


def test_ignoring_has_one_direction(app_in_context: Flask) -> None:
    anna, ben, cem = a_member(), a_member(), a_member()
    actions.ignore(anna, ben)
    assert ignored_by(anna) == {ben.id}
    assert ignored_by(ben) == ignored_by(None) == frozenset()
    assert ignores(anna.id, ben.id)
    assert not ignores(ben.id, anna.id)
    assert who_ignore(ben.id, [anna.id, ben.id, cem.id]) == {anna.id}
    assert who_ignore(anna.id, [anna.id, ben.id, cem.id]) == set()
    assert who_ignore(ben.id, []) == set()


@pytest.mark.parametrize("seed", range(3))
def test_after_any_acts_everybody_ignores_whom_they_chose_last(app_in_context: Flask, seed: int) -> None:
    dice, members = random.Random(seed), [a_member() for _ in range(5)]
    chosen: dict[int, set[int]] = {member.id: set() for member in members}
    for _ in range(60):
        actor, other = dice.sample(members, 2)
        if dice.random() < 0.6:
            actions.ignore(actor, other)
            chosen[actor.id].add(other.id)
        else:
            actions.stop_ignoring(actor, other)
            chosen[actor.id].discard(other.id)
    ids = set(chosen)
    for member in members:
        assert ignored_by(member) == chosen[member.id], seed
        assert who_ignore(member.id, ids) == {each for each in ids if member.id in chosen[each]}
        assert {row.ignored_id for row in ignored_on_page(member, 1)[0]} == chosen[member.id]


def test_nobody_ignores_themselves_or_staff(app_in_context: Flask) -> None:
    anna, mona = a_member(), a_member(role="moderator")
    with pytest.raises(Forbidden, match="yourself"):
        actions.ignore(anna, anna)
    with pytest.raises(Forbidden, match="moderators and admins"):
        actions.ignore(anna, mona)
    actions.ignore(mona, anna)
    assert ignored_by(mona) == {anna.id}


def test_who_becomes_staff_is_heard_again(app_in_context: Flask) -> None:
    anna, ben = a_member(), a_member()
    actions.ignore(anna, ben)
    ben.role = Role.MODERATOR
    session.flush()
    session.expire(anna)
    assert ignored_by(anna) == frozenset()
    assert not ignores(anna.id, ben.id)
    reply(ben, a_thread(by=anna), body="Please read the rules")
    assert kinds_told(anna) == ["reply"]


def test_the_muted_may_ignore_too(app_in_context: Flask) -> None:
    anna, ben = a_member(), a_member()
    sanctions.impose_mute(None, anna, board_id=None)
    actions.ignore(anna, ben)
    assert ignores(anna.id, ben.id)


def test_nobody_ignores_more_than_a_thousand(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_IGNORED", 2)
    anna, first = a_member(), a_member()
    actions.ignore(anna, first)
    actions.ignore(anna, a_member())
    with pytest.raises(Conflict, match="You ignore 2 members"):
        actions.ignore(anna, a_member())
    actions.ignore(anna, first)  # a repetition is no third one
    assert session.scalar(select(func.count()).select_from(IgnoredMember)) == 2


def test_ignoring_ends_following(app_in_context: Flask) -> None:
    anna, ben = a_member(), a_member()
    actions.follow(anna, ben)
    actions.ignore(anna, ben)
    assert not follows(anna.id, ben.id)
    with pytest.raises(Conflict, match="Stop ignoring them first"):
        actions.follow(anna, ben)


ACTS: dict[str, Any] = {
    "reply": lambda anna, ben: reply(ben, a_thread(by=anna), body="Hello"),
    "mention": lambda anna, ben: reply(ben, a_thread(), body="Hello @anna"),
    "mention by an edit": lambda anna, ben: edit_post(ben, a_post(by=ben, body="Hello"), body="Hello @anna"),
    "quote": lambda anna, ben: reply(
        ben, a_thread(), body=f"> [anna said:](/posts/{a_post(by=anna).id})\n> Hello\n\nNo"
    ),
    "reaction": lambda anna, ben: react(ben, a_post(by=anna), kind="like"),
}


@pytest.mark.parametrize("act", ACTS)
def test_the_ignored_tell_nothing(app_in_context: Flask, act: str) -> None:
    anna, ben = a_member("anna"), a_member("ben")
    ACTS[act](anna, ben)
    assert kinds_told(anna) == [act.split(maxsplit=1)[0]]  # as long as she does not ignore him
    actions.ignore(anna, ben)
    ACTS[act](anna, ben)
    session.expire(anna)
    assert (len(kinds_told(anna)), anna.unread_alerts) == (1, 1)
