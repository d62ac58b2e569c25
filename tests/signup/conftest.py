"""A forum with an admin, olaf, a moderator, mona, a member, anna, and a thread; settings as an admin saves them."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum.admin.rules import OPERATOR
from forum.admin.setting_actions import change_settings
from forum.infra.database.db import session, transaction
from forum.members.signup import invitations
from forum.models import Invitation, Member
from tests.api.conftest import program
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_thread
from tests.middleware.guests import Writing

__all__ = ["program"]
WORDS = "wqzr mpkl bvtx nhgd"
ANNA, THREAD = 3, "/threads/1-a-lunar-station"
Settings = Callable[..., None]


@pytest.fixture
def people(writing: Writing) -> None:
    with writing():
        a_member("olaf", role="admin")
        a_member("mona", role="moderator")
        anna = a_member("anna")
        assert anna.id == ANNA
        assert a_thread(by=anna, board=a_board("Talk"), title="A lunar station").path == THREAD


@pytest.fixture
def set_up(app: Flask, people: None) -> Settings:
    """Change settings: `set_up(registration="closed")`."""

    def change(**given: object) -> None:
        with app.app_context(), transaction():
            change_settings(OPERATOR, given)

    return change


def named(name: str) -> Member:
    """The member with a name."""
    return session.scalars(select(Member).where(Member.username == name)).one()


def a_code(app: Flask, name: str = "anna") -> str:
    """The code of a new invitation by a member."""
    with app.app_context(), transaction():
        return invitations.code_of(invitations.create(named(name)))


def stored(app: Flask) -> list[tuple[str, str | None, str | None]]:
    """State, inviter and user of each invitation, by name."""
    with app.app_context():
        names = {member.id: member.username for member in session.scalars(select(Member))}
        rows = session.scalars(select(Invitation).order_by(Invitation.id))
        return [(row.state.value, names.get(row.inviter_id or 0), names.get(row.used_by_id or 0)) for row in rows]


def registration(name: str = "Carl", **more: str) -> dict[str, str]:
    """The fields of the registration form."""
    return {"username": name, "email": f"{name.lower()}@example.org", "password": WORDS} | more


def poster(client: FlaskClient, name: str) -> Callable[..., TestResponse]:
    """Log in, and return what posts a form."""
    log_in(client, name)
    token = token_in(client.get("/account").text)
    return lambda path, **fields: client.post(path, data={"csrf_token": token, **fields})
