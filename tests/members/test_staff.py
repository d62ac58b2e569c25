"""Bans and roles."""

import pytest
from flask import Flask
from sqlalchemy import select

from forum.base.db import session
from forum.base.errors import Forbidden, Invalid, NotLoggedIn
from forum.members import sessions, staff
from forum.models import LogEntry, Member, Role
from tests.factories import a_member


def test_a_ban_ends_logins_at_once_and_is_logged(house: Flask) -> None:
    """S8, L1."""
    anna, keeper = a_member(), a_member(role="moderator")
    token = sessions.start(anna, persistent=True)
    staff.ban(keeper, anna, reason="Spam\nand more")
    assert sessions.find(token) is None
    assert anna.is_banned
    entry = session.scalars(select(LogEntry)).one()
    assert (entry.action, entry.actor_id, entry.target) == ("ban", keeper.id, f"member:{anna.id}")
    assert entry.details == {"reason": "Spam and more"}


def test_a_login_of_a_banned_member_is_dead_even_if_its_row_lives(house: Flask) -> None:
    """S8."""
    anna = a_member()
    staff.ban(a_member(role="admin"), anna)
    assert sessions.find(sessions.start(anna, persistent=False)) is None
    staff.unban(a_member(role="admin"), anna)
    assert not anna.is_banned


@pytest.mark.parametrize(("role", "other", "may"), [
    ("member", "member", False), ("moderator", "member", True), ("moderator", "moderator", False),
    ("moderator", "admin", False), ("admin", "member", True), ("admin", "moderator", True), ("admin", "admin", True),
])  # fmt: skip
def test_who_may_ban_whom(house: Flask, role: str, other: str, may: bool) -> None:
    """A1."""
    actor, member = a_member(role=role), a_member(role=other)
    assert bool(staff.may_ban(actor, member)) is may
    if not may:
        with pytest.raises(Forbidden):
            staff.ban(actor, member)
        with pytest.raises(Forbidden):
            staff.unban(actor, member)
        assert not member.is_banned


def test_nobody_bans_themselves_and_guests_ban_nobody(house: Flask) -> None:
    """A1."""
    chief = a_member(role="admin")
    with pytest.raises(Forbidden):
        staff.ban(chief, chief)
    assert isinstance(staff.may_ban(None, chief).refusal, NotLoggedIn)


def test_a_reason_has_a_length(house: Flask) -> None:
    """I2."""
    with pytest.raises(Invalid):
        staff.ban(a_member(role="admin"), a_member(), reason="x" * 201)


@pytest.mark.parametrize("role", ["member", "moderator"])
def test_only_admins_give_roles(house: Flask, role: str) -> None:
    """A1."""
    anna = a_member(role=role)
    with pytest.raises(Forbidden):
        staff.set_role(anna, anna, Role.ADMIN)
    assert anna.role == role


def test_a_role_is_given_and_logged(house: Flask) -> None:
    """L1."""
    chief, anna = a_member(role="admin"), a_member()
    staff.set_role(chief, anna, Role.MODERATOR)
    assert anna.is_moderator
    entry = session.scalars(select(LogEntry)).one()
    assert entry.details == {"was": "member", "role": "moderator"}


def test_somebody_always_runs_the_forum(house: Flask) -> None:
    """A1."""
    chief = a_member(role="admin")
    with pytest.raises(Forbidden):
        staff.set_role(chief, chief, Role.MEMBER)
    other: Member = a_member(role="admin")
    staff.set_role(other, chief, Role.MEMBER)
    assert not chief.is_admin
