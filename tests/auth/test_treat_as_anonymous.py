"""While the database is unavailable a request is anonymous, and asks the database nothing more."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from forum.auth import identity
from forum.members.credentials import sessions
from tests.factories import a_member
from tests.middleware.guests import statements

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def anna(app: Flask, writing: Writing) -> dict[str, str]:
    """The cookie of a member who is logged in."""
    with writing():
        return {"Cookie": f"forum_session={sessions.start(a_member('anna'), persistent=True)}"}


def test_a_member_who_was_found_is_forgotten(app: Flask, anna: dict[str, str]) -> None:
    with app.test_request_context("/", headers=anna):
        assert identity.member().username == "anna"
        identity.treat_as_anonymous()
        assert identity.visitor() is None


def test_the_login_is_not_looked_up(app: Flask, anna: dict[str, str]) -> None:
    with app.test_request_context("/", headers=anna), statements(app) as asked:
        identity.treat_as_anonymous()
        assert identity.visitor() is None
        assert asked == []
