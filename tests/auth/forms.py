"""Helpers for the account forms: submit a form as a browser does, and check whether the visitor is logged in."""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from forum.infra import clock
from forum.members.signup import form_stamp, questions
from tests.conftest import token_in

HOSTILE_NEXT = (
    "https://evil.test/",
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/%5cevil.test",
    "/%2f/evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    "http:evil.test",
    "/.//evil.test",
    "/..//evil.test",
    " //evil.test",
    "/x\r\nSet-Cookie: a=b",
    "/%0d%0aSet-Cookie:%20a=b",
    "@evil.test",
    ".evil.test",
    "https:///evil.test",
    "/\u3002evil.test\u2028",
)


def send(client: FlaskClient, path: str, *, page: str | None = None, **more: Any) -> Any:
    """Submit a form with the CSRF token of its page; further arguments are fields, or `headers` and `environ_base`."""
    extra = {name: more.pop(name) for name in ("headers", "environ_base") if name in more}
    form = token_in(client.get(page or path, **extra).text)
    return client.post(path, data={"csrf_token": form} | more, **extra)


def by_a_person(app: Flask) -> dict[str, str]:
    """What the registration form asks with limits: a form opened a while ago, and the answer to its question."""
    with app.app_context():
        with clock.frozen_at(clock.now() - timedelta(seconds=30)):
            stamp = form_stamp.create()
        return {"stamp": str(stamp), "answer": next(iter(questions.built_in_question(stamp).keys))}


def is_logged_in(client: FlaskClient) -> bool:
    """Whether the visitor is logged in."""
    return bool(client.get("/account").status_code == 200)


def cookie(client: FlaskClient, name: str = "forum_session") -> str:
    """The value of a visitor's cookie."""
    found = client.get_cookie(name)
    return found.value if found else ""
