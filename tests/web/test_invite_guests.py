"""Guests are invited to post in boards in which members start threads, and in no others."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from tests.conftest import log_in
from tests.factories import a_board, a_member

Writing = Callable[[], AbstractContextManager[None]]


@pytest.mark.parametrize(("posters", "is_invited"), [("member", True), ("moderator", False)])
@pytest.mark.parametrize("name", [None, "anna"])
def test_a_board_invites_those_who_may_start_threads(
    client: FlaskClient, writing: Writing, posters: str, name: str | None, *, is_invited: bool
) -> None:
    with writing():
        a_member("anna")
        path = a_board("Talk", posters=posters).path
    if name:
        log_in(client, name)
    page = client.get(path).text
    assert (f'{path}/post-thread"' in page) == is_invited
