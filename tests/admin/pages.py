"""What the tests of administration read in its pages."""

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum.infra.database.db import session
from forum.models import Member


def member(name: str) -> Member:
    """The member with a name."""
    return session.scalars(select(Member).where(Member.username == name)).one()


def parsed(answer: TestResponse) -> BeautifulSoup:
    """A page to search in."""
    return BeautifulSoup(answer.text, "html.parser")


def error_at(answer: TestResponse, name: str) -> str:
    """The message at a field."""
    found = parsed(answer).select_one(f"#{name}-error")
    assert found is not None, answer.text
    return found.text


def seen_in(client: FlaskClient, path: str) -> str:
    """The fingerprint in a page's form."""
    field = parsed(client.get(path)).select_one('main input[name="seen"]')
    assert field is not None
    return str(field["value"])


def row_of(client: FlaskClient, path: str, title: str) -> Tag:
    """The row of a list with a title."""
    return next(row for row in parsed(client.get(path)).select("main li.admin-row") if title in row.text)
