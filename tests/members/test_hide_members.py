"""The list of members and their profiles, for those whose groups may see them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from forum.admin.groups.group_actions import find_group
from forum.admin.groups.right_actions import set_rights
from forum.admin.rules import OPERATOR
from forum.models import BuiltInGroup, Right
from tests.conftest import log_in
from tests.factories import a_member
from tests.middleware.guests import wait_until_visible

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def paths(writing: Writing) -> dict[str, str]:
    """The profiles of anna and ben."""
    with writing():
        anna, ben = a_member("anna"), a_member("ben")
        return {"anna": anna.path, "ben": ben.path, "api anna": "/api/v1/members/1", "api ben": "/api/v1/members/2"}


def allow(writing: Writing, group: BuiltInGroup, *rights: Right) -> None:
    with writing():
        set_rights(OPERATOR, find_group(group), rights)


def test_members_are_hidden_from_those_without_the_right(app: Flask, writing: Writing, paths: dict[str, str]) -> None:
    allow(writing, BuiltInGroup.GUESTS)
    allow(writing, BuiltInGroup.MEMBERS)
    wait_until_visible(app)
    guest, client = app.test_client(), app.test_client()
    log_in(client, "anna")
    for path, status in (("/members", 303), (paths["ben"], 303), ("/api/v1/members", 401), (paths["api ben"], 401)):
        assert guest.get(path).status_code == status, path
        assert client.get(path).status_code == 403, path
    for path in (paths["anna"], paths["api anna"]):
        assert client.get(path).status_code == 200
    for visitor in (guest, client):
        page = visitor.get("/").text
        assert 'href="/members"' not in page
        assert paths["ben"] not in page  # the latest member
    allow(writing, BuiltInGroup.GUESTS, Right.SEE_MEMBERS)
    wait_until_visible(app)
    for visitor in (guest, client):
        assert visitor.get(paths["ben"]).status_code == 200
        assert 'href="/members"' in visitor.get("/").text
