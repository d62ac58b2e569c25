"""A served thread, and the cookies of members."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from forum.server.asgi import AsgiForum
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread


@pytest.fixture
def thread_id(writing: Callable[[], AbstractContextManager[None]]) -> int:
    """A thread of two posts, by anna and ben; cleo and dora read it."""
    with writing():
        thread = a_thread(by=a_member("anna"), board=a_board("Talk"), title="Where the moon is")
        a_post(thread=thread, by=a_member("ben"))
        for name in ("cleo", "dora"):
            a_member(name)
        a_member("mona", role="moderator")
        return thread.id


@pytest.fixture
def forum(app: Flask, thread_id: int) -> Iterator[AsgiForum]:
    """The ASGI application; its threads end with the test."""
    made = AsgiForum(app)
    yield made
    made.close()


@pytest.fixture
def cookie_of(app: Flask, thread_id: int) -> Callable[[str], str]:
    """Logs a member in and returns the cookie that their browser sends."""

    def log(name: str) -> str:
        with app.test_client() as client:
            log_in(client, name)
            found = client.get_cookie("forum_session")
        assert found is not None
        return f"forum_session={found.value}"

    return log
