"""Bans: what they end, who may impose them, and what banned members are told."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid, NotLoggedIn
from forum.members import actions, sanctions
from forum.members.credentials import api_tokens, sessions
from forum.models import LogEntry, Sanction, SanctionKind
from tests.factories import PASSWORD, a_ban, a_member


def test_a_ban_ends_sessions_at_once_and_is_logged(app_in_context: Flask) -> None:
    anna, keeper = a_member(), a_member(role="moderator")
    token = sessions.start(anna, persistent=True)
    sanctions.ban(keeper, anna, reason="Spam\nand more")
    assert sessions.find(token) is None
    assert anna.is_banned
    entry = session.scalars(select(LogEntry)).one()
    assert (entry.action, entry.actor_id, entry.target) == ("ban", keeper.id, f"member:{anna.id}")
    assert entry.details == {"reason": "Spam and more"}


def test_a_banned_members_session_is_invalid_even_if_its_row_still_exists(app_in_context: Flask) -> None:
    anna = a_member()
    sanctions.ban(a_member(role="admin"), anna)
    assert sessions.find(sessions.start(anna, persistent=False)) is None
    sanctions.unban(a_member(role="admin"), anna)
    assert not anna.is_banned


def test_a_ban_with_an_end_expires(app_in_context: Flask) -> None:
    anna = a_member()
    row, token = sessions.start(anna, persistent=True), api_tokens.make(anna, name="x", scopes="read")
    until = clock.now() + timedelta(days=2)
    session.add(Sanction(member_id=anna.id, kind=SanctionKind.BAN, created_at=clock.now(), until=until))
    session.flush()
    session.expire(anna)
    assert (sessions.find(row), api_tokens.find(token)) == (None, None)
    with clock.frozen_at(clock.now() + timedelta(days=2, seconds=1)):
        session.expire(anna)
        assert not anna.is_banned
        assert sessions.find(row) is not None
        assert api_tokens.find(token) is not None


def test_a_second_ban_replaces_the_first(app_in_context: Flask) -> None:
    anna, keeper = a_member(), a_member(role="moderator")
    sanctions.ban(keeper, anna, reason="Spam")
    sanctions.ban(keeper, anna, reason="Spam again", until=clock.now() + timedelta(days=1))
    first, second = session.scalars(select(Sanction).order_by(Sanction.id)).all()
    assert (first.ended_at is None, second.ended_at is None) == (False, True)
    ban = sanctions.ban_of(anna)
    assert ban is not None
    assert (ban.reason, ban.by) == ("Spam again", keeper)


@pytest.mark.parametrize(("role", "other", "may"), [
    ("member", "member", False), ("moderator", "member", True), ("moderator", "moderator", False),
    ("moderator", "admin", False), ("admin", "member", True), ("admin", "moderator", True), ("admin", "admin", False),
])  # fmt: skip
def test_who_may_ban_whom(app_in_context: Flask, role: str, other: str, may: bool) -> None:
    actor, member = a_member(role=role), a_member(role=other)
    assert bool(sanctions.may_ban(actor, member)) is may
    if not may:
        with pytest.raises(Forbidden):
            sanctions.ban(actor, member)
        with pytest.raises(Forbidden):
            sanctions.unban(actor, member)
        assert not member.is_banned


def test_nobody_bans_themselves_and_guests_ban_nobody(app_in_context: Flask) -> None:
    chief = a_member(role="admin")
    with pytest.raises(Forbidden):
        sanctions.ban(chief, chief)
    assert isinstance(sanctions.may_ban(None, chief).refusal, NotLoggedIn)


def test_even_the_operator_does_not_ban_the_last_admin(app_in_context: Flask) -> None:
    chief = a_member(role="admin")
    with pytest.raises(Forbidden, match="another member an admin"):
        a_ban(chief)
    a_member(role="admin")
    assert a_ban(chief).by is None


def test_a_reason_has_a_maximum_length_and_an_end_is_in_the_future(app_in_context: Flask) -> None:
    with pytest.raises(Invalid):
        a_ban(a_member(), reason="x" * 201)
    with pytest.raises(Invalid):
        a_ban(a_member(), until=clock.now() - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("reason", "until", "words"),
    [
        ("Spam", None, "You are banned. Reason: Spam"),
        ("Spam", datetime(2099, 5, 12, tzinfo=UTC), "You are banned until 2099-05-12. Reason: Spam"),
        ("", datetime(2099, 5, 12, tzinfo=UTC), "You are banned until 2099-05-12."),
        ("", None, "You are banned."),
    ],
)
def test_banned_members_read_why_and_how_long(
    app_in_context: Flask, reason: str, until: datetime | None, words: str
) -> None:
    a_ban(a_member("Anna"), reason=reason, until=until)
    session.commit()
    with pytest.raises(sanctions.Banned) as raised:
        actions.authenticate("Anna", PASSWORD, home="http://localhost")
    assert str(raised.value) == words
