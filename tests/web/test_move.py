"""The page on which a moderator chooses the board a thread goes to."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_thread

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def path(client: FlaskClient, writing: Writing) -> str:
    """Where a thread in "Here" is moved, by a moderator who is logged in; "Elsewhere" is the other board."""
    with writing():
        a_member("mona", role="moderator")
        a_board("Elsewhere")
        thread = a_thread(board=a_board("Here")).path
    log_in(client, "mona")
    return f"{thread}/move"


def options(page: str) -> list[tuple[object, str]]:
    chosen = BeautifulSoup(page, "html.parser").select("select[name=board] option")
    return [(option["value"], option.text) for option in chosen]


def test_the_boards_to_choose_from_begin_with_a_placeholder_and_leave_out_the_thread_s_own(
    client: FlaskClient, path: str
) -> None:
    page = client.get(path).text
    choice = BeautifulSoup(page, "html.parser").select_one("select[name=board]")
    assert choice is not None
    assert choice.has_attr("required")
    assert options(page)[0] == ("", "Choose a board")  # HTML: the placeholder of a required select has no value
    assert [name for _, name in options(page)[1:]] == ["Elsewhere"]


def test_a_form_without_a_board_comes_back_with_the_error_beside_the_field(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"csrf_token": token_in(client.get(path).text), "board": ""})
    assert answer.status_code == 422
    choice = BeautifulSoup(answer.text, "html.parser").select_one("select[name=board]")
    assert choice is not None
    assert choice["aria-invalid"] == "true"
    assert choice["aria-describedby"] == "board-error"
