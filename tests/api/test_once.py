"""The Idempotency-Key: repeating a key returns the first response and writes once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.infra.database.db import session
from forum.models import Post, Thread
from tests.api.conftest import MakeProgram, Program
from tests.factories import a_board, a_member, a_thread

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def anna(writing: Writing, program: MakeProgram) -> Program:
    """A client that acts for anna, in a forum with one thread by ben."""
    with writing():
        a_member("anna")
        a_thread(by=a_member("ben"), board=a_board())
    return program("anna")


def count(app: Flask, model: type[Post | Thread]) -> int:
    """The number of rows."""
    with app.app_context():
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/threads/1/posts", {"body": "Once."}, 201),
        ("/boards/1/threads", {"title": "Only once", "body": "Once."}, 201),
        ("/preview", {"body": "Once."}, 200),
    ],
)
def test_the_same_key_returns_the_same_response_and_writes_once(
    app: Flask, anna: Program, path: str, body: dict[str, str], status: int
) -> None:
    first = anna.ask("POST", path, body, Idempotency_Key="k1")
    posts = count(app, Post)
    again = anna.ask("POST", path, body, Idempotency_Key="k1")

    assert (first.status_code, again.status_code) == (status, status)
    assert again.data == first.data
    assert again.headers.get("Location") == first.headers.get("Location")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert count(app, Post) == posts


def test_the_same_key_for_another_request_is_refused(app: Flask, anna: Program) -> None:
    anna.ask("POST", "/threads/1/posts", {"body": "Once."}, Idempotency_Key="k1")

    assert anna.ask("POST", "/threads/1/posts", {"body": "Else."}, Idempotency_Key="k1").status_code == 409
    assert anna.ask("POST", "/preview", {"body": "Once."}, Idempotency_Key="k1").status_code == 409
    assert count(app, Post) == 2


def test_a_key_belongs_to_its_sender(app: Flask, anna: Program, program: MakeProgram) -> None:
    anna.ask("POST", "/threads/1/posts", {"body": "Once."}, Idempotency_Key="k1")
    other = program("ben").ask("POST", "/threads/1/posts", {"body": "Mine."}, Idempotency_Key="k1")

    assert (other.status_code, count(app, Post)) == (201, 3)


def test_a_refusal_does_not_use_the_key_up(app: Flask, anna: Program) -> None:
    assert anna.ask("POST", "/boards/1/threads", {"title": "x", "body": "y"}, Idempotency_Key="k1").status_code == 422
    better = anna.ask("POST", "/boards/1/threads", {"title": "A title", "body": "y"}, Idempotency_Key="k1")

    assert (better.status_code, count(app, Thread)) == (201, 2)


def test_without_a_key_every_request_is_a_separate_write(app: Flask, anna: Program) -> None:
    for _ in range(2):
        assert anna.ask("POST", "/threads/1/posts", {"body": "Twice."}).status_code == 201
    assert count(app, Post) == 3


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\xe9", "two words"])
def test_a_malformed_key_is_refused(anna: Program, key: str) -> None:
    assert anna.ask("POST", "/threads/1/posts", {"body": "Once."}, Idempotency_Key=key).status_code == 422


def test_two_concurrent_requests_post_once(app: Flask, anna: Program) -> None:
    def send(_: int) -> tuple[int, bytes]:
        answer = Program(app.test_client())
        answer.headers = anna.headers
        sent = answer.ask("POST", "/threads/1/posts", {"body": "At once."}, Idempotency_Key="k1")
        return sent.status_code, sent.data

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(8)))

    assert {status for status, _ in answers} == {201}
    assert len({data for _, data in answers}) == 1
    assert count(app, Post) == 2
