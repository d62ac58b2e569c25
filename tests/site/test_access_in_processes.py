"""Changed access lists and groups act in every process from a member's next request on."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.admin.groups.access_actions import set_list
from forum.admin.groups.group_actions import add_member, remove_member
from forum.admin.rules import OPERATOR
from forum.infra.database.db import session, transaction
from forum.members.credentials import api_tokens
from forum.members.queries import member_by_name
from forum.models import AccessLevel, Board, Group
from forum.site.access import AccessEntry
from tests.conftest import log_in
from tests.factories import a_board, a_group, a_member, a_thread

Writing = Callable[[], AbstractContextManager[None]]


def change(other: Flask, *, is_open: bool) -> None:
    """Open the board to everybody, or only to a group without members, in the other process."""
    with other.app_context(), transaction():
        board, group = session.query(Board).one(), session.query(Group).filter_by(title="Gardeners").one()
        entries = [AccessEntry(group.id, AccessLevel.START)]
        assert set_list(OPERATOR, board, None if is_open else entries)


@pytest.mark.parametrize("kind", ["session", "token"])
def test_a_changed_list_acts_at_the_next_request(
    client: FlaskClient, writing: Writing, elsewhere: Flask, kind: str
) -> None:
    with writing():
        anna, _ = a_member("anna"), a_group("Gardeners")
        path = a_thread(board=a_board()).path
        token = api_tokens.make(anna, name="mine", scopes="read")
    if kind == "token":
        path, headers = "/api/v1/threads/1", {"Authorization": f"Bearer {token}"}
    else:
        log_in(client, "anna")
        headers = {}
    assert client.get(path, headers=headers).status_code == 200
    for is_open in (False, True) * 3:
        change(elsewhere, is_open=is_open)
        assert client.get(path, headers=headers).status_code == (200 if is_open else 404)


def test_a_new_and_an_ended_membership_act_at_the_next_request(
    client: FlaskClient, writing: Writing, elsewhere: Flask
) -> None:
    with writing():
        a_member("anna")
        a_group("Gardeners")
        path = a_thread(board=a_board()).path
    change(elsewhere, is_open=False)
    log_in(client, "anna")
    assert client.get(path).status_code == 404
    for act, status in ((add_member, 200), (remove_member, 404)):
        with elsewhere.app_context(), transaction():
            group, anna = session.query(Group).filter_by(title="Gardeners").one(), member_by_name("anna")
            assert anna is not None
            act(OPERATOR, group, anna)
        assert client.get(path).status_code == status
