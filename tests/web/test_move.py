"""The page where a moderator chooses the board to move a thread to."""

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
    """The move page of a thread in "Here", by a logged-in moderator; "Elsewhere" is the other board."""
    with writing():
        a_member("mona", role="moderator")
        a_board("Elsewhere")
        thread = a_thread(board=a_board("Here")).path
    log_in(client, "mona")
    return f"{thread}/move"


def options(page: str) -> list[tuple[object, str]]:
    chosen = BeautifulSoup(page, "html.parser").select("select[name=board] option")
    return [(option["value"], option.text) for option in chosen]


def test_the_board_choices_begin_with_a_placeholder_and_omit_the_threads_own_board(
    client: FlaskClient, path: str
) -> None:
    page = client.get(path).text
    choice = BeautifulSoup(page, "html.parser").select_one("select[name=board]")
    assert choice is not None
    assert choice.has_attr("required")
    assert options(page)[0] == ("", "Choose a board")  # HTML: the placeholder of a required select has no value
    assert [name for _, name in options(page)[1:]] == ["Elsewhere"]


def test_a_form_without_a_board_is_shown_again_with_the_error_at_the_field(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"csrf_token": token_in(client.get(path).text), "board": ""})
    assert answer.status_code == 422
    choice = BeautifulSoup(answer.text, "html.parser").select_one("select[name=board]")
    assert choice is not None
    assert choice["aria-invalid"] == "true"
    assert choice["aria-describedby"] == "board-error"
