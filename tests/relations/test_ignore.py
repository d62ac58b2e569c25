"""Ignoring members."""

from flask import Flask

from forum.infra.database.db import session
from forum.models import Role
from forum.relations.queries import ignored_by, ignores, who_ignore
from tests.factories import a_member, ignored


def test_ignoring_has_one_direction(app_in_context: Flask) -> None:
    anna, ben, cem = a_member(), a_member(), a_member()
    ignored(anna, ben)
    assert ignored_by(anna) == {ben.id}
    assert ignored_by(ben) == ignored_by(None) == frozenset()
    assert ignores(anna.id, ben.id)
    assert not ignores(ben.id, anna.id)
    assert who_ignore(ben.id, [anna.id, ben.id, cem.id]) == {anna.id}
    assert who_ignore(anna.id, [anna.id, ben.id, cem.id]) == set()
    assert who_ignore(ben.id, []) == set()


def test_nobody_ignores_staff_even_if_they_did_before(app_in_context: Flask) -> None:
    anna, ben = a_member(), a_member()
    ignored(anna, ben)
    ben.role = Role.MODERATOR
    session.flush()
    session.expire(anna)
    assert ignored_by(anna) == frozenset()
    assert not ignores(anna.id, ben.id)
