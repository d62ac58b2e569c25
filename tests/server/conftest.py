"""The forum as a server runs it, and a thread."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from forum.server.asgi import AsgiForum
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread


@pytest.fixture
def path(writing: Callable[[], AbstractContextManager[None]]) -> str:
    """A thread of two posts, by anna and ben."""
    with writing():
        thread = a_thread(by=a_member("anna"), board=a_board("Talk"), title="Where the moon is")
        a_post(thread=thread, by=a_member("ben"))
        return thread.path


@pytest.fixture
def forum(app: Flask, path: str) -> Iterator[AsgiForum]:
    """The ASGI application; its threads end with the test."""
    made = AsgiForum(app)
    yield made
    made.close()


@pytest.fixture
def cookie(app: Flask, path: str) -> str:
    """The cookie that anna's browser sends once logged in."""
    with app.test_client() as client:
        log_in(client, "anna")
        found = client.get_cookie("forum_session")
    assert found is not None
    return f"forum_session={found.value}"
