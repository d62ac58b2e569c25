"""Fixtures for API tests: a client with a token, and its JSON."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forum.infra.database.db import transaction
from forum.members.credentials import api_tokens
from forum.members.queries import member_by_name
from tests.factories import a_board, a_member, a_post, a_thread

ROOT = "/api/v1"
Writing = Callable[[], AbstractContextManager[None]]


class Program:
    """A client of the API, with a token or as a guest."""

    def __init__(self, client: FlaskClient, token: str = "") -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        """Send a request to a path below the API's root."""
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        more = {"json": body} if body is not None else {}
        return self.client.open(f"{ROOT}{path}", method=method, headers=sent, **more)  # type: ignore[arg-type]

    def get(self, path: str, *, status: int = 200) -> Any:
        """The JSON response to GET."""
        answer = self.ask("GET", path)
        assert answer.status_code == status, answer.text
        return answer.json

    def send(self, method: str, path: str, body: object = None, *, status: int) -> Any:
        """The JSON response to a write."""
        answer = self.ask(method, path, body)
        assert answer.status_code == status, answer.text
        return answer.json


MakeProgram = Callable[..., Program]


@pytest.fixture
def guest(app: Flask) -> Program:
    """A client without a token."""
    return Program(app.test_client())


@pytest.fixture
def program(app: Flask) -> MakeProgram:
    """Create a client that acts for a member: `program("anna")`, `program("anna", scopes="read")`."""

    def make(name: str, *, scopes: str = "read write") -> Program:
        with app.app_context(), transaction():
            member = member_by_name(name)
            assert member is not None
            token = api_tokens.make(member, name="a test's", scopes=scopes)
        return Program(app.test_client(), token)

    return make


@pytest.fixture
def lunar(writing: Writing) -> int:
    """A thread by anna with two replies by ben in the board Space."""
    with writing():
        anna, ben = a_member("anna", country="Singapore"), a_member("ben")
        thread = a_thread(by=anna, board=a_board("Space"), title="A lunar station", body="We **build** it.")
        a_post(thread=thread, by=ben)
        a_post(thread=thread, by=ben)
        return thread.id
