"""On every list a page beyond the end is not found, but page 1 exists even if the list is empty."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from tests.conftest import log_in
from tests.factories import PASSWORD, a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]
LISTS = (
    "/members",
    "/members?sort=joined",
    "/members?sort=name",
    "/boards/1-talk",
    "/threads/1-where-the-moon-is",
    "/whats-new",
    "/whats-new?filter=unread",
    "/members/1-olaf",
    "/members/1-olaf?tab=threads",
    "/notifications",
    "/posts/1/history",
    "/moderation/log",
    "/search?q=moon",
)


@pytest.fixture
def admin(client: FlaskClient, writing: Writing) -> FlaskClient:
    """The client of an admin who has a thread, some posts and a log entry."""
    with writing():
        olaf = a_member("olaf", role="admin")
        thread = a_thread(by=olaf, board=a_board("Talk"), title="Where the moon is")
        a_post(thread=thread, by=olaf)
    log_in(client, "olaf", PASSWORD)
    return client


@pytest.mark.parametrize("path", LISTS)
def test_a_page_beyond_the_end_is_not_found(admin: FlaskClient, path: str) -> None:
    more = "&" if "?" in path else "?"
    assert admin.get(path).status_code == 200
    for number in ("2", "251", "9999", "1000000", "0", "-1", "x", "1e3", "99999999999999999999"):
        assert admin.get(f"{path}{more}page={number}").status_code == 404, number


def test_an_empty_list_has_a_first_page(client: FlaskClient) -> None:
    for path in ("/members", "/whats-new"):
        assert client.get(path).status_code == 200


def test_the_last_page_of_members_is_found(client: FlaskClient, writing: Writing) -> None:
    with writing():
        for number in range(41):
            a_member(f"member {number:02}")
    for sort in ("messages", "score", "joined", "name"):
        assert client.get(f"/members?sort={sort}&page=3").text.count('class="row-title"') == 1
        assert client.get(f"/members?sort={sort}&page=4").status_code == 404
