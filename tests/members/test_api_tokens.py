"""API tokens of members."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Invalid, NotFound
from forum.members import sanctions
from forum.members.credentials import api_tokens
from forum.models import ApiToken, LogEntry
from tests.factories import a_member


def test_a_token_is_shown_once_and_stored_as_a_hash(app_in_context: Flask) -> None:
    anna = a_member()
    token = api_tokens.make(anna, name="My  reader\n", scopes=["write", "read"])
    row = session.scalars(select(ApiToken)).one()
    assert token.startswith("forum_")
    assert len(token) > 40
    assert token not in str(vars(row))
    assert (row.name, row.scopes, row.expires_at) == ("My reader", "read write", None)
    assert api_tokens.find(token) is row
    assert api_tokens.find(row.token_hash) is None
    entry = session.scalars(select(LogEntry)).one()
    assert (entry.action, entry.target, entry.actor_id) == ("make-token", f"token:{row.id}", anna.id)
    assert token not in str(entry.details)


def test_a_token_expires(app_in_context: Flask) -> None:
    token = api_tokens.make(a_member(), name="x", scopes="read", days=30)
    with clock.frozen_at(clock.now() + timedelta(days=29)):
        assert api_tokens.find(token)
    with clock.frozen_at(clock.now() + timedelta(days=31)):
        assert api_tokens.find(token) is None


def test_a_token_can_be_revoked_only_by_its_owner(app_in_context: Flask) -> None:
    anna, bert = a_member(), a_member()
    token = api_tokens.make(anna, name="x", scopes="read")
    found = api_tokens.find(token)
    assert found is not None
    with pytest.raises(NotFound):
        api_tokens.revoke(bert, found.id)
    api_tokens.revoke(anna, found.id)
    assert api_tokens.find(token) is None


def test_a_banned_members_token_stops_working(app_in_context: Flask) -> None:
    anna = a_member()
    token = api_tokens.make(anna, name="x", scopes="read")
    sanctions.ban(a_member(role="admin"), anna)
    assert api_tokens.find(token) is None
    sanctions.unban(a_member(role="admin"), anna)
    assert api_tokens.find(token) is None


@pytest.mark.parametrize(
    ("role", "scope", "is_open"),
    [
        ("member", "write", True),
        ("member", "moderate", False),
        ("member", "admin", False),
        ("moderator", "moderate", True),
        ("moderator", "admin", False),
        ("admin", "admin", True),
    ],
)
def test_a_scope_cannot_exceed_the_members_role(app_in_context: Flask, role: str, scope: str, is_open: bool) -> None:
    member = a_member(role=role)
    if is_open:
        assert api_tokens.make(member, name="x", scopes=scope)
        return
    with pytest.raises(Invalid):
        api_tokens.make(member, name="x", scopes=scope)


@pytest.mark.parametrize(
    ("name", "scopes", "days", "field"),
    [
        ("", "read", None, "name"),
        ("x" * 61, "read", None, "name"),
        ("x", "", None, "scopes"),
        ("x", "read delete", None, "scopes"),
        ("x", "read", 0, "days"),
        ("x", "read", 4000, "days"),
        ("x", "read", -1, "days"),
    ],
)
def test_invalid_token_input_is_reported_at_its_field(
    app_in_context: Flask, name: str, scopes: str, days: int | None, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        api_tokens.make(a_member(), name=name, scopes=scopes, days=days)
    assert set(refusal.value.fields) == {field}


def test_a_member_has_fifty_tokens_at_most(app_in_context: Flask) -> None:
    anna = a_member()
    for number in range(50):
        api_tokens.make(anna, name=f"t{number}", scopes="read")
    with pytest.raises(Invalid):
        api_tokens.make(anna, name="one more", scopes="read")


def test_token_use_is_recorded(app_in_context: Flask) -> None:
    found = api_tokens.find(api_tokens.make(a_member(), name="x", scopes="read"))
    assert found is not None
    api_tokens.touch(found)
    session.refresh(found)
    assert found.last_used_at is not None
