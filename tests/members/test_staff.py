"""Roles of members."""

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.errors import Forbidden
from forum.members import roles
from forum.models import LogEntry, Member, Role
from tests.factories import a_member


@pytest.mark.parametrize("role", ["member", "moderator"])
def test_only_admins_grant_roles(app_in_context: Flask, role: str) -> None:
    anna = a_member(role=role)
    with pytest.raises(Forbidden):
        roles.set_role(anna, anna, Role.ADMIN)
    assert anna.role == role


def test_a_role_change_is_applied_and_logged(app_in_context: Flask) -> None:
    chief, anna = a_member(role="admin"), a_member()
    roles.set_role(chief, anna, Role.MODERATOR)
    assert anna.is_moderator
    entry = session.scalars(select(LogEntry)).one()
    assert entry.details == {"was": "member", "role": "moderator"}


def test_the_last_admin_cannot_be_removed(app_in_context: Flask) -> None:
    chief = a_member(role="admin")
    with pytest.raises(Forbidden):
        roles.set_role(chief, chief, Role.MEMBER)
    other: Member = a_member(role="admin")
    roles.set_role(other, chief, Role.MEMBER)
    assert not chief.is_admin
