"""Authenticator apps of tests: members who use one, and the codes that it shows."""

from flask.testing import FlaskClient

from forum.infra import clock
from forum.infra.database.db import session
from forum.members.credentials import totp
from forum.models import Member, TwoFactor
from tests.auth.forms import send
from tests.factories import PASSWORD


def protect(member: Member) -> str:
    """Turn on two-factor authentication of a member, and return the secret of the app."""
    member.two_factor_at = clock.now()
    row = TwoFactor(member_id=member.id, secret=totp.new_secret(), last_step=0, created_at=clock.now())
    session.add(row)
    session.flush()
    return row.secret


def code(secret: str, steps: int = 0) -> str:
    """The code that an app shows now, or some steps later."""
    return totp.code_at(secret, totp.current_step() + steps)


def wrong_code(secret: str) -> str:
    """A code that is wrong now and in the next minutes."""
    right = {code(secret, steps) for steps in range(-1, 20)}
    return next(number for number in map("{:06}".format, range(100)) if number not in right)


def give_password(client: FlaskClient, name: str, password: str = PASSWORD, **more: str) -> None:
    """The first step of a login."""
    answer = send(client, "/login", username=name, password=password, **more)
    assert answer.headers["Location"].startswith("/login/code"), answer.text
